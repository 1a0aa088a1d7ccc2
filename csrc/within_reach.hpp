// Which columns of a row of scores reach a bound, when each is lifted by as much as a few rows of a table say:
//
//   scores[chosen_r, i] + constant_r + sum over e of value_e table[index_e, i] >= least_r
#pragma once

#include "groups.hpp"

namespace pyexplain {

template <typename T>
struct WithinReach {
  const T* scores;              // [m, p]
  const std::int64_t* chosen;   // [n], each in 0 .. m - 1
  const T *least, *constant;    // [n]
  SparseRows<T> lifts;          // [n] rows over those of the table
  const T* table;               // [t, p]
  const std::int64_t* offsets;  // [n + 1], as counts say; null with columns
  std::int64_t n, p;
  std::int64_t *counts, *columns;  // written: [n] how many, where columns is null; else [offsets[n]] which, ascending in a row
  PX_FIELDS(scores, chosen, least, constant, lifts, table, offsets, n, p, counts, columns)
};

namespace cpu {
template <typename T>
void within_reach(const WithinReach<T>&);
}  // namespace cpu

}  // namespace pyexplain
