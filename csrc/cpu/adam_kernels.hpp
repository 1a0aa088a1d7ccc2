// Adam on one row, to be compiled into the functions that are cloned for each instruction set; and what the rows of a call share.
#pragma once

#include <vector>
#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

#include "adam.hpp"

namespace pyexplain::cpu {

using std::int64_t;

// While it lives, this thread takes numbers below the normal range as 0. Moments at rest decay into that range, where the
// processor is 20 times slower, and an optimiser does not need numbers below 1e-38.
class FlushDenormals {
 public:
#if defined(__SSE2__)
  FlushDenormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040); }
  ~FlushDenormals() { _mm_setcsr(before_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  unsigned before_;
#else
  FlushDenormals() {}
#endif
};

// What the rows that were last written at step t0 share.
template <typename T>
struct Plan {
  int64_t t0, k, first_span, n_spans;
  T decay1, decay2;
};

// The plans of the rows of one call.
template <typename T>
struct Plans {
  std::vector<int64_t> of_row;  // -1: nothing to catch up with
  std::vector<Plan<T>> plans;
  std::vector<Span<T>> spans;
  AdamStep<T> step;

  const Plan<T>* of(int64_t i) const { return of_row[i] < 0 ? nullptr : &plans[of_row[i]]; }
};

// For rows at rest up to and including step rest_end.
template <typename T>
Plans<T> make_plans(const AdamRows<T>& a, int64_t rest_end);

template <typename T>
PX_INLINE void catch_up(const Span<T>* spans, int64_t n_spans, T lr, T eps, int64_t width, T* p, const T* m, const T* v) {
  for (int64_t i = 0; i < n_spans; ++i) {
    const Span<T> span = spans[i];
    PX_SIMD for (int64_t c = 0; c < width; ++c) {
      const T size = span.centre * std::sqrt(v[c]), inverse = T(1) / (size + eps);
      p[c] -= lr * m[c] * inverse * series(span, size * inverse);
    }
  }
}

template <typename T>
PX_INLINE void update(const AdamStep<T>& step, T decay1, T decay2, int64_t width, T* p, T* m, T* v, const T* g) {
  const T keep1 = step.beta1 * decay1, keep2 = step.beta2 * decay2, new1 = T(1) - step.beta1, new2 = T(1) - step.beta2;
  PX_SIMD for (int64_t c = 0; c < width; ++c) {
    const T first = keep1 * m[c] + new1 * g[c], second = keep2 * v[c] + new2 * g[c] * g[c];
    m[c] = first;
    v[c] = second;
    p[c] -= step.step_size * first / (std::sqrt(second) * step.inverse_root_bias2 + step.eps);
  }
}

// Both at once, with one division for the two: nearly always, a rest is one span.
template <typename T>
PX_INLINE void catch_up_and_update(const Span<T> span, const AdamStep<T>& step, T decay1, T decay2, int64_t width, T* p, T* m,
                                   T* v, const T* g) {
  const T keep1 = step.beta1 * decay1, keep2 = step.beta2 * decay2, new1 = T(1) - step.beta1, new2 = T(1) - step.beta2;
  PX_SIMD for (int64_t c = 0; c < width; ++c) {
    const T first = keep1 * m[c] + new1 * g[c], second = keep2 * v[c] + new2 * g[c] * g[c];
    const T size = span.centre * std::sqrt(v[c]), rested = size + step.eps;
    const T now = std::sqrt(second) * step.inverse_root_bias2 + step.eps;
    const T inverse = T(1) / (rested * now), to_rested = inverse * now, to_now = inverse * rested;
    p[c] -= step.lr * m[c] * to_rested * series(span, size * to_rested) + step.step_size * first * to_now;
    m[c] = first;
    v[c] = second;
  }
}

template <typename T>
PX_INLINE void decay(T decay1, T decay2, int64_t width, T* m, T* v) {
  PX_SIMD for (int64_t c = 0; c < width; ++c) {
    m[c] *= decay1;
    v[c] *= decay2;
  }
}

template <typename T>
PX_INLINE void row(const AdamStep<T>& step, const Plan<T>* plan, const Span<T>* spans, int64_t width, T* p, T* m, T* v,
                   const T* g) {
  if (!plan) return update(step, T(1), T(1), width, p, m, v, g);
  const Span<T>* own = spans + plan->first_span;
  if (plan->n_spans == 1 && g) return catch_up_and_update(*own, step, plan->decay1, plan->decay2, width, p, m, v, g);
  catch_up(own, plan->n_spans, step.lr, step.eps, width, p, m, v);
  g ? update(step, plan->decay1, plan->decay2, width, p, m, v, g) : decay(plan->decay1, plan->decay2, width, m, v);
}

// Asks for row i and its moments, columns begin .. begin + n - 1.
template <typename T>
PX_INLINE void prefetch_row(const AdamRows<T>& a, int64_t i, int64_t begin, int64_t n) {
  const int64_t at = (a.rows ? a.rows[i] : i) * a.width + begin;
  prefetch(a.table + at, n);
  prefetch(a.m + at, n);
  prefetch(a.v + at, n);
}

}  // namespace pyexplain::cpu
