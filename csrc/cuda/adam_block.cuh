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
  std::int64_t first[kMostTables + 1];
  double log1, log2;
};

// The coefficients of a span, by the whole block: its threads share out the steps at rest, and all sums go through one exchange.
template <typename T>
__device__ Span<T> span_of(std::int64_t t0, std::int64_t from, std::int64_t to, double log1, double log2) {
  constexpr int terms = SeriesLength<T>::terms;
  __shared__ double parts[kThreads / 32][terms];
  const auto c_at = [&](std::int64_t s) {
    const double t = static_cast<double>(t0 + s);
    return exp(0.5 * static_cast<double>(s) * log2) / sqrt(-expm1(t * log2));
  };
  const double centre = 0.5 * (c_at(from) + c_at(to));
  double sums[terms] = {};
  for (std::int64_t s = from + threadIdx.x; s <= to; s += kThreads) {
    double weight = -exp(static_cast<double>(s) * log1) / expm1(static_cast<double>(t0 + s) * log1);
    const double part = 1.0 - c_at(s) / centre;
    for (int j = 0; j < terms; ++j) {
      sums[j] += weight;
      weight *= part;
    }
  }
  for (int j = 0; j < terms; ++j) {
    sums[j] = over_warp(sums[j], Sum());
    if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32][j] = sums[j];
  }
  __syncthreads();
  Span<T> span;
  span.centre = static_cast<T>(centre);
  for (int j = 0; j < terms; ++j) {
    double total = parts[0][j];
    for (int w = 1; w < kThreads / 32; ++w) total += parts[w][j];
    span.moment[j] = static_cast<T>(total);
  }
  __syncthreads();
  return span;
}

// A row; one span at a time is added to it (nearly always there is one).
template <typename T>
__device__ void adam_row(const AdamRows<T>& a, const AdamStep<T>& step, std::int64_t place, double log1, double log2) {
  const std::int64_t row = a.rows ? a.rows[place] : place, t0 = a.last_step[row];
  const std::int64_t k = t0 > 0 ? (a.grads ? a.step - 1 : a.step) - t0 : 0;
  __syncthreads();  // all have read last_step before it is written
  if (k <= 0 && !a.grads) return;
  const std::int64_t count = k > 0 ? steps_that_count<T>(k, a.beta1) : 0, at = row * a.width;
  for (std::int64_t from = 1; from <= count;) {
    const std::int64_t to = span_end(t0, from, count, log2);
    const Span<T> span = span_of<T>(t0, from, to, log1, log2);
    for (std::int64_t c = threadIdx.x; c < a.width; c += kThreads) {
      const T size = span.centre * sqrt(a.v[at + c]), inverse = T(1) / (size + step.eps);
      a.table[at + c] -= step.lr * a.m[at + c] * inverse * series(span, size * inverse);
    }
    from = to + 1;
  }
  const T decay1 = k > 0 ? T(decayed(a.beta1, k)) : T(1), decay2 = k > 0 ? T(decayed(a.beta2, k)) : T(1);
  for (std::int64_t c = threadIdx.x; c < a.width; c += kThreads) {
    T first = decay1 * a.m[at + c], second = decay2 * a.v[at + c];
    if (a.grads) {
      const T g = a.grads[place * a.width + c];
      first = step.beta1 * first + (T(1) - step.beta1) * g;
      second = step.beta2 * second + (T(1) - step.beta2) * g * g;
      a.table[at + c] -= step.step_size * first / (sqrt(second) * step.inverse_root_bias2 + step.eps);
    }
    a.m[at + c] = first;
    a.v[at + c] = second;
  }
  if (threadIdx.x == 0) a.last_step[row] = a.step;
}

}  // namespace pyexplain::cuda
