// One row of eq. (6): delta = radius * g / ||g||_2; a row without a gradient stays where it is.
#pragma once

#include "portable.hpp"

namespace pyexplain {

template <typename T>
struct AdversarialStep {
  const T* g;  // [n, p]
  std::int64_t n, p;
  T radius;
  T* delta;  // [n, p]
  PX_FIELDS(g, n, p, radius, delta)
};

template <typename T>
PX_INLINE T largest_size(const T* g, std::int64_t n) {
  T most = 0;
#pragma omp simd reduction(max : most)
  for (std::int64_t k = 0; k < n; ++k) {
    const T size = g[k] < 0 ? -g[k] : g[k];
    most = size > most ? size : most;
  }
  return most;
}

// The squares are of g / max|g|: the gradient of a well trained pair is tiny, and its squares would vanish in float.
template <typename T, typename Root>
PX_INLINE T scale_to_radius(const T* g, std::int64_t n, T radius, Root root) {
  const T most = largest_size(g, n);
  if (!(most > 0)) return T(0);
  const T inverse = T(1) / most;
  T squares = 0;
#pragma omp simd reduction(+ : squares)
  for (std::int64_t k = 0; k < n; ++k) squares += (g[k] * inverse) * (g[k] * inverse);
  return radius * inverse / root(squares);
}

namespace cpu {
template <typename T>
void adversarial_step(const AdversarialStep<T>&);
}  // namespace cpu

namespace cuda {
template <typename T>
void adversarial_step(const AdversarialStep<T>&, void* stream);
}  // namespace cuda

}  // namespace pyexplain
