#include "pairs.hpp"

namespace pyexplain::cpu {
namespace {

using std::int64_t;

template <typename T>
PX_INLINE void prefetch_pair(const JoinedPairs<T>& a, int64_t r) {
  prefetch(a.user_embedding + a.users[r] * a.d, a.d);
  prefetch(a.item_embedding + a.items[r] * a.d, a.d);
  prefetch(a.user_factors + a.users[r] * a.k, a.k);
  prefetch(a.item_factors + a.items[r] * a.k, a.k);
}

template <typename T>
PX_INLINE void pair(const JoinedPairs<T>& a, int64_t r) {
  if (r + 1 < a.n) prefetch_pair(a, r + 1);
  const T *e_u = a.user_embedding + a.users[r] * a.d, *e_i = a.item_embedding + a.items[r] * a.d;
  T* x = a.x + r * 2 * a.d;
  PX_SIMD for (int64_t c = 0; c < a.d; ++c) {
    x[c] = e_u[c];
    x[a.d + c] = e_i[c];
  }
  const T *p = a.user_factors + a.users[r] * a.k, *q = a.item_factors + a.items[r] * a.k;
  T sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t c = 0; c < a.k; ++c) sum += p[c] * q[c];
  a.products[r] = sum;
}

PX_CLONES void pair_row(const JoinedPairs<float>& a, int64_t r) { pair(a, r); }
PX_CLONES void pair_row(const JoinedPairs<double>& a, int64_t r) { pair(a, r); }

}  // namespace

template <typename T>
void joined_pairs(const JoinedPairs<T>& a) {
#pragma omp parallel for schedule(static) if (a.n * (a.d + a.k) > kWorthThreads)
  for (int64_t r = 0; r < a.n; ++r) pair_row(a, r);
}

template void joined_pairs(const JoinedPairs<float>&);
template void joined_pairs(const JoinedPairs<double>&);

}  // namespace pyexplain::cpu
