// Adam on one row of a table, by a block; the series of a rest is adam.hpp's.
#pragma once

#include "../adam.hpp"
#include "launch.cuh"

namespace pyexplain::cuda {

constexpr int kMostTables = 8;

// Several tables of one launch. Block b has row b - first[t] of the table t with first[t] <= b < first[t + 1]. What is the same
// for every row is worked out on the host.
template <typename T>
struct AdamPlan {
  AdamRows<T> tables[kMostTables];
  AdamStep<T> steps[kMostTables];
  const double* now;  // see AdamTables
  std::int64_t first[kMostTables + 1];
  double log1, log2;
};

// The coefficients of a span, by the whole block: its threads share out the steps at rest, and all sums go through one exchange.
// In the type of the table: what is left out of a sum of float32 is far below its last bit.
template <typename T>
__device__ Span<T> span_of(std::int64_t t0, std::int64_t from, std::int64_t to, double log1, double log2) {
  constexpr int terms = SeriesLength<T>::terms;
  __shared__ T parts[kThreads / 32][terms];
  const T by1 = static_cast<T>(log1), by2 = static_cast<T>(log2), half = T(0.5);
  const auto c_at = [&](std::int64_t s) {
    return exp(half * static_cast<T>(s) * by2) / sqrt(-expm1(static_cast<T>(t0 + s) * by2));
  };
  const T centre = half * (c_at(from) + c_at(to));
  T sums[terms] = {};
  for (std::int64_t s = from + threadIdx.x; s <= to; s += kThreads) {
    T weight = -exp(static_cast<T>(s) * by1) / expm1(static_cast<T>(t0 + s) * by1);
    const T part = T(1) - c_at(s) / centre;
    PX_UNROLL for (int j = 0; j < terms; ++j) {
      sums[j] += weight;
      weight *= part;
    }
  }
  PX_UNROLL for (int j = 0; j < terms; ++j) {
    sums[j] = over_warp(sums[j], Sum());
    if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32][j] = sums[j];
  }
  __syncthreads();
  Span<T> span;
  span.centre = centre;
  PX_UNROLL for (int j = 0; j < terms; ++j) {
    T total = parts[0][j];
    for (int w = 1; w < kThreads / 32; ++w) total += parts[w][j];
    span.moment[j] = total;
  }
  __syncthreads();
  return span;
}

constexpr int kAtOnce = 4;  // columns whose numbers a thread has on their way before it waits for the first

// move(first, second, value, gradient) for every column of a row that begins at `at`; what it makes of the first three is kept.
template <typename T, typename Move>
__device__ void each_column(const AdamRows<T>& a, std::int64_t at, const T* grads, Move move) {
  for (std::int64_t begin = threadIdx.x; begin < a.width; begin += kAtOnce * kThreads) {
    T first[kAtOnce], second[kAtOnce], value[kAtOnce], grad[kAtOnce];
    PX_UNROLL for (int e = 0; e < kAtOnce; ++e) {
      const std::int64_t c = begin + e * kThreads;
      if (c >= a.width) break;
      first[e] = a.m[at + c];
      second[e] = a.v[at + c];
      value[e] = a.table[at + c];
      grad[e] = grads ? grads[c] : T(0);
    }
    PX_UNROLL for (int e = 0; e < kAtOnce; ++e) {
      const std::int64_t c = begin + e * kThreads;
      if (c >= a.width) break;
      move(first[e], second[e], value[e], grad[e]);
      a.m[at + c] = first[e];
      a.v[at + c] = second[e];
      a.table[at + c] = value[e];
    }
  }
}

// What a span of steps at rest moved.
template <typename T>
__device__ void rest(const AdamStep<T>& step, const Span<T>& span, T first, T second, T& value) {
  const T size = span.centre * sqrt(second), inverse = T(1) / (size + step.eps);
  value -= step.lr * first * inverse * series(span, size * inverse);
}

// A row, in one pass over it where the steps at rest are one span, as nearly always.
template <typename T>
__device__ void adam_row(const AdamRows<T>& a, const AdamStep<T>& step, std::int64_t place, double log1, double log2) {
  const std::int64_t row = a.rows ? a.rows[place] : place;
  if (row < 0) return;
  const std::int64_t t0 = a.last_step[row], at = row * a.width;
  const std::int64_t k = t0 > 0 ? (a.grads ? a.step - 1 : a.step) - t0 : 0;
  __syncthreads();  // all have read last_step before it is written
  if (k <= 0 && !a.grads) return;
  const std::int64_t count = k > 0 ? steps_that_count<T>(k, a.beta1) : 0;
  Span<T> span{};
  for (std::int64_t from = 1; from <= count;) {
    if (from > 1)
      each_column(a, at, static_cast<const T*>(nullptr), [&](T m, T v, T& value, T) { rest(step, span, m, v, value); });
    const std::int64_t to = span_end(t0, from, count, log2);
    span = span_of<T>(t0, from, to, log1, log2);
    from = to + 1;
  }
  const T decay1 = k > 0 ? T(decayed(a.beta1, k)) : T(1), decay2 = k > 0 ? T(decayed(a.beta2, k)) : T(1);
  each_column(a, at, a.grads ? a.grads + place * a.width : nullptr, [&](T& first, T& second, T& value, T g) {
    if (count > 0) rest(step, span, first, second, value);
    first *= decay1;
    second *= decay2;
    if (!a.grads) return;
    first = step.beta1 * first + (T(1) - step.beta1) * g;
    second = step.beta2 * second + (T(1) - step.beta2) * g * g;
    value -= step.step_size * first / (sqrt(second) * step.inverse_root_bias2 + step.eps);
  });
  if (threadIdx.x == 0) a.last_step[row] = a.step;
}

}  // namespace pyexplain::cuda
