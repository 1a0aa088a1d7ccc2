// Weighted products of sparse rows where other sparse rows have entries, and nowhere else: with rows [n, P] and items [I, P],
//
//   out = sum over k of w_k rows[r, k] items[c, k]     for each entry (r, c) of cells [n, I]
#pragma once

#include "groups.hpp"

namespace pyexplain {

template <typename T>
struct SampledMatches {
  SparseRows<T> rows, items;              // over width columns
  const T* weights;                       // [width]
  const std::int64_t *offsets, *columns;  // cells: [n + 1], [nnz]
  T* out;                                 // [nnz]
  std::int64_t n, width;
  PX_FIELDS(rows, items, weights, offsets, columns, out, n, width)
};

namespace cpu {
template <typename T>
void sampled_matches(const SampledMatches<T>&);
}  // namespace cpu

}  // namespace pyexplain
