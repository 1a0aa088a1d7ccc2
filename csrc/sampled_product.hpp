// A product of two matrices where sparse rows have entries, and nowhere else: out = left[row of it] . right[column of it].
#pragma once

#include "portable.hpp"

namespace pyexplain {

template <typename T>
struct SampledProduct {
  const T *left, *right;                  // [n, k], [p, k]
  const std::int64_t *offsets, *columns;  // [n + 1], [nnz]
  T* out;                                 // [nnz]
  std::int64_t n, k;
  PX_FIELDS(left, right, offsets, columns, out, n, k)
};

namespace cpu {
template <typename T>
void sampled_product(const SampledProduct<T>&);
}  // namespace cpu

namespace cuda {
template <typename T>
void sampled_product(const SampledProduct<T>&, void* stream);
}  // namespace cuda

}  // namespace pyexplain
