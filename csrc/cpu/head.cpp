#include "head.hpp"

namespace pyexplain::cpu {
namespace {

using std::int64_t;

// Hidden units that are added up over the rows as one task; whole cache lines, so that no two tasks write to one.
constexpr int64_t kUnits = 64;

template <bool keep, typename T>
PX_INLINE T score(T* hidden, const T* b1, const T* w2, int64_t h) {
  T sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t c = 0; c < h; ++c) {
    const T in = hidden[c] + b1[c], out = in > T(0) ? in : T(0);
    if (keep) hidden[c] = out;
    sum += w2[c] * out;
  }
  return sum;
}

template <typename T>
PX_INLINE void gradients(const HeadGradients<T>& a, int64_t begin, int64_t units) {
  T to_w2[kUnits] = {}, to_b1[kUnits] = {};
  const T* w2 = a.w2 + begin;
  for (int64_t r = 0; r < a.n; ++r) {
    T* hidden = a.hidden + r * a.h + begin;
    const T g = a.grad[r];
    PX_SIMD for (int64_t c = 0; c < units; ++c) {
      const T out = hidden[c], back = out > T(0) ? g * w2[c] : T(0);
      to_w2[c] += g * out;
      to_b1[c] += back;
      hidden[c] = back;
    }
  }
  for (int64_t c = 0; c < units; ++c) {
    a.grad_w2[begin + c] = to_w2[c];
    a.grad_b1[begin + c] = to_b1[c];
  }
}

#define PX_CLONES_OF(T)                                                                                                     \
  PX_CLONES T score_row(T* hidden, const T* b1, const T* w2, int64_t h) { return score<false>(hidden, b1, w2, h); }         \
  PX_CLONES T score_and_keep_row(T* hidden, const T* b1, const T* w2, int64_t h) { return score<true>(hidden, b1, w2, h); } \
  PX_CLONES void unit_gradients(const HeadGradients<T>& a, int64_t begin, int64_t n) { gradients(a, begin, n); }
PX_CLONES_OF(float)
PX_CLONES_OF(double)
#undef PX_CLONES_OF

template <typename T>
PX_INLINE void product(const T* a, const T* b, int64_t n, T* out) {
  PX_SIMD for (int64_t c = 0; c < n; ++c) out[c] = a[c] * b[c];
}

template <typename T>
PX_INLINE void pair(const PairProducts<T>& a, int64_t r) {
  if (r + 1 < a.n) {  // items follow each other at random
    prefetch(a.item_table + a.items[r + 1] * a.d, a.d);
    prefetch(a.item_latents + a.items[r + 1] * a.k, a.k);
  }
  const int64_t u = a.users[r], i = a.items[r];
  T* x = a.x + r * (a.d + a.k);
  product(a.user_table + u * a.d, a.item_table + i * a.d, a.d, x);
  product(a.user_latents + u * a.k, a.item_latents + i * a.k, a.k, x + a.d);
}

PX_CLONES void products_row(const PairProducts<float>& a, int64_t r) { pair(a, r); }
PX_CLONES void products_row(const PairProducts<double>& a, int64_t r) { pair(a, r); }

}  // namespace

template <typename T>
void pair_products(const PairProducts<T>& a) {
#pragma omp parallel for schedule(static) if (a.n * (a.d + a.k) > kWorthThreads)
  for (int64_t r = 0; r < a.n; ++r) products_row(a, r);
}

template void pair_products(const PairProducts<float>&);
template void pair_products(const PairProducts<double>&);

template <typename T>
void head_scores(const HeadScores<T>& a) {
#pragma omp parallel for schedule(static) if (a.n * a.h > kWorthThreads)
  for (int64_t r = 0; r < a.n; ++r) {
    T* hidden = a.hidden + r * a.h;
    a.scores[r] = *a.b2 + (a.keep ? score_and_keep_row(hidden, a.b1, a.w2, a.h) : score_row(hidden, a.b1, a.w2, a.h));
  }
}

template <typename T>
void head_gradients(const HeadGradients<T>& a) {
#pragma omp parallel for schedule(static) if (a.n * a.h > kWorthThreads)
  for (int64_t begin = 0; begin < a.h; begin += kUnits) {
    unit_gradients(a, begin, a.h - begin < kUnits ? a.h - begin : kUnits);
  }
}

template void head_scores(const HeadScores<float>&);
template void head_scores(const HeadScores<double>&);
template void head_gradients(const HeadGradients<float>&);
template void head_gradients(const HeadGradients<double>&);

}  // namespace pyexplain::cpu
