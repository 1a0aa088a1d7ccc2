#include "attention.hpp"

#include <limits>

namespace pyexplain::cpu {
namespace {

using std::int64_t;

template <typename T>
PX_INLINE void add(T weight, const T* row, int64_t n, T* out) {
  PX_SIMD for (int64_t c = 0; c < n; ++c) out[c] += weight * row[c];
}

template <typename T>
PX_INLINE const T* word(const Attention<T>& a, int64_t e) {
  return a.words + a.rows.indices[e] * a.d;
}

// Softmax over the entries begin .. end - 1 that have a value; the energies stand in a.shares.
template <typename T>
PX_INLINE void soften(const Attention<T>& a, int64_t begin, int64_t end) {
  T most = -std::numeric_limits<T>::infinity(), total = 0;
  for (int64_t e = begin; e < end; ++e) {
    if (a.rows.values[e] != T(0) && a.shares[e] > most) most = a.shares[e];
  }
  for (int64_t e = begin; e < end; ++e) {
    a.shares[e] = a.rows.values[e] != T(0) ? std::exp(a.shares[e] - most) : T(0);
    total += a.shares[e];
  }
  for (int64_t e = begin; e < end; ++e) a.shares[e] /= total > T(0) ? total : T(1);
}

template <typename T>
PX_INLINE void attend(const Attention<T>& a, int64_t r) {
  const int64_t begin = a.rows.offsets[r], end = a.rows.offsets[r + 1];
  if (a.spread) {
    for (int64_t e = begin; e < end; ++e) a.shares[e] = a.spread[r * a.n_words + a.rows.indices[e]];
  } else {
    for (int64_t e = begin; e < end; ++e) a.shares[e] = dot(a.queries + r * a.d, word(a, e), a.d);
    soften(a, begin, end);
  }
  T* sum = a.sums + r * a.d;
  PX_SIMD for (int64_t c = 0; c < a.d; ++c) sum[c] = T(0);
  for (int64_t e = begin; e < end; ++e) add(a.shares[e] * a.rows.values[e], word(a, e), a.d, sum);
}

template <typename T>
PX_INLINE void attend_backward(const AttentionBackward<T>& a, int64_t r) {
  const Attention<T>& f = a.forward;
  const int64_t begin = f.rows.offsets[r], end = f.rows.offsets[r + 1];
  T mean = 0;
  for (int64_t e = begin; e < end; ++e) {
    a.slopes[e] = f.shares[e] * f.rows.values[e] * dot(a.grad + r * f.d, word(f, e), f.d);
    mean += a.slopes[e];
  }
  a.means[r] = mean;
  T* out = a.grad_queries + r * f.d;
  PX_SIMD for (int64_t c = 0; c < f.d; ++c) out[c] = T(0);
  for (int64_t e = begin; e < end; ++e) {
    if (!f.spread) a.slopes[e] -= f.shares[e] * mean;
    add(a.slopes[e], word(f, e), f.d, out);
  }
}

// The gradient of one word: from the energies that it is part of, and from the sums.
template <typename T>
PX_INLINE void word_gradient(const AttentionBackward<T>& a, int64_t g) {
  const Attention<T>& f = a.forward;
  T* out = a.grad_words + g * f.d;
  PX_SIMD for (int64_t c = 0; c < f.d; ++c) out[c] = T(0);
  for (int64_t at = a.words.starts[g]; at < a.words.starts[g + 1]; ++at) {
    const int64_t e = a.words.order[at], r = a.entry_rows[e];
    const T slope = a.slopes[e], mixed = f.shares[e] * f.rows.values[e];
    const T *query = f.queries + r * f.d, *grad = a.grad + r * f.d;
    PX_SIMD for (int64_t c = 0; c < f.d; ++c) out[c] += slope * query[c] + mixed * grad[c];
  }
}

#define PX_CLONES_OF(T)                                                                                      \
  PX_CLONES void attention_row(const Attention<T>& a, int64_t r) { attend(a, r); }                           \
  PX_CLONES void attention_backward_row(const AttentionBackward<T>& a, int64_t r) { attend_backward(a, r); } \
  PX_CLONES void word_row(const AttentionBackward<T>& a, int64_t g) { word_gradient(a, g); }
PX_CLONES_OF(float)
PX_CLONES_OF(double)
#undef PX_CLONES_OF

}  // namespace

template <typename T>
void attention(const Attention<T>& a) {
#pragma omp parallel for schedule(static) if (a.n * a.d > kWorthThreads)
  for (int64_t r = 0; r < a.n; ++r) attention_row(a, r);
}

template <typename T>
void attention_backward(const AttentionBackward<T>& a) {
#pragma omp parallel if (a.forward.n * a.forward.d > kWorthThreads)
  {
#pragma omp for schedule(static)
    for (int64_t r = 0; r < a.forward.n; ++r) attention_backward_row(a, r);
#pragma omp for schedule(dynamic, 4)
    for (int64_t g = 0; g < a.words.n; ++g) word_row(a, g);
  }
}

template void attention(const Attention<float>&);
template void attention(const Attention<double>&);
template void attention_backward(const AttentionBackward<float>&);
template void attention_backward(const AttentionBackward<double>&);

}  // namespace pyexplain::cpu
