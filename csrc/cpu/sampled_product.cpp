#include "sparse.hpp"

namespace pyexplain::cpu {
namespace {

using std::int64_t;

template <typename T>
PX_INLINE T dot(const T* left, const T* right, int64_t k) {
  T sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t c = 0; c < k; ++c) sum += left[c] * right[c];
  return sum;
}

template <typename T>
PX_INLINE void products_of(const SampledProduct<T>& a, int64_t r) {
  const int64_t end = a.offsets[r + 1];
  for (int64_t e = a.offsets[r]; e < end; ++e) {
    if (e + 1 < a.offsets[a.n]) prefetch(a.right + a.columns[e + 1] * a.k, a.k);
    a.out[e] = dot(a.left + r * a.k, a.right + a.columns[e] * a.k, a.k);
  }
}

PX_CLONES void row_of(const SampledProduct<float>& a, int64_t r) { products_of(a, r); }
PX_CLONES void row_of(const SampledProduct<double>& a, int64_t r) { products_of(a, r); }

}  // namespace

template <typename T>
void sampled_product(const SampledProduct<T>& a) {
#pragma omp parallel for schedule(static) if (a.n > 0 && a.offsets[a.n] * a.k > kWorthThreads)
  for (int64_t r = 0; r < a.n; ++r) row_of(a, r);
}

template void sampled_product(const SampledProduct<float>&);
template void sampled_product(const SampledProduct<double>&);

}  // namespace pyexplain::cpu
