// Weighted products of sparse rows that are matched column by column, and their slope in the weights:
//
//   out_n = sum over k of w_k a[r_n, k] b[s_n, k]          dL/dw_k = sum over n of slope_n a[r_n, k] b[s_n, k]
#pragma once

#include "groups.hpp"

namespace pyexplain {

template <typename T>
struct MatchedProducts {
  SparseRows<T> one, two;                       // over P columns, ascending within a row
  const std::int64_t *one_chosen, *two_chosen;  // [n]: the rows r and s
  const T* weights;                             // [P]
  std::int64_t n;
  T* out;  // [n]
  PX_FIELDS(one, two, one_chosen, two_chosen, weights, n, out)
};

template <typename T>
struct MatchedSlopes {
  SparseRows<T> one, two;
  const std::int64_t *one_chosen, *two_chosen;
  const T* slopes;  // [n]
  std::int64_t n;
  T* gradient;  // [P], added to
  PX_FIELDS(one, two, one_chosen, two_chosen, slopes, n, gradient)
};

// Calls each(column, value of a, value of b) for the columns that both rows store, in their order.
template <typename T, typename Each>
PX_INLINE void for_matches(const SparseRows<T>& a, std::int64_t r, const SparseRows<T>& b, std::int64_t s, const Each& each) {
  std::int64_t i = a.offsets[r], j = b.offsets[s];
  const std::int64_t i_end = a.offsets[r + 1], j_end = b.offsets[s + 1];
  while (i < i_end && j < j_end) {
    const std::int64_t left = a.indices[i], right = b.indices[j];
    if (left == right) each(left, a.values[i], b.values[j]);
    i += left <= right;
    j += right <= left;
  }
}

namespace cpu {
template <typename T>
void matched_products(const MatchedProducts<T>&);
template <typename T>
void matched_slopes(const MatchedSlopes<T>&);
}  // namespace cpu

}  // namespace pyexplain
