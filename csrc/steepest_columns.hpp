// Of each row the features that pull hardest, |gradient| where there is room to go downhill: at least `least`, and so many that
// to first order they bring `enough` times the margin; `widest` at most.
#pragma once

#include "portable.hpp"

namespace pyexplain {

template <typename T>
struct SteepestColumns {
  const T *gradient, *low, *high;  // [N, p]
  const T* margin;                 // [N]
  const std::int64_t* rows;        // [m]: which of N
  const std::int64_t *offsets,
      *columns;  // row r of N has columns[offsets[r]] .. columns[offsets[r + 1] - 1] to choose from; null: all p
  std::int64_t *counts, *numbers;  // [m], [m, widest]
  std::int64_t m, p, least, widest;
  T enough;
  PX_FIELDS(gradient, low, high, margin, rows, offsets, columns, counts, numbers, m, p, least, widest, enough)
};

namespace cpu {
template <typename T>
void steepest_columns(const SteepestColumns<T>&);
}  // namespace cpu

}  // namespace pyexplain
