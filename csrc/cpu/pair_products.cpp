#include "pairs.hpp"

namespace pyexplain::cpu {
namespace {

using std::int64_t;

template <typename T>
PX_INLINE void product(const T* a, const T* b, int64_t n, T* out) {
  PX_SIMD for (int64_t c = 0; c < n; ++c) out[c] = a[c] * b[c];
}

template <typename T>
PX_INLINE void row(const PairProducts<T>& a, int64_t r) {
  if (r + 1 < a.n) {  // items follow each other at random
    prefetch(a.item_table + a.items[r + 1] * a.d, a.d);
    prefetch(a.item_latents + a.items[r + 1] * a.k, a.k);
  }
  const int64_t u = a.users[r], i = a.items[r];
  T* x = a.x + r * (a.d + a.k);
  product(a.user_table + u * a.d, a.item_table + i * a.d, a.d, x);
  product(a.user_latents + u * a.k, a.item_latents + i * a.k, a.k, x + a.d);
}

PX_CLONES void products_row(const PairProducts<float>& a, int64_t r) { row(a, r); }
PX_CLONES void products_row(const PairProducts<double>& a, int64_t r) { row(a, r); }

}  // namespace

template <typename T>
void pair_products(const PairProducts<T>& a) {
#pragma omp parallel for schedule(static) if (a.n * (a.d + a.k) > kWorthThreads)
  for (int64_t r = 0; r < a.n; ++r) products_row(a, r);
}

template void pair_products(const PairProducts<float>&);
template void pair_products(const PairProducts<double>&);

}  // namespace pyexplain::cpu
