#include "../adam_rows.hpp"
#include "launch.cuh"

namespace pyexplain::cuda {
namespace {

// The span's coefficients, computed by the whole block: its threads share out the steps at rest.
template <typename T>
__device__ Span<T> span_of(std::int64_t t0, std::int64_t from, std::int64_t to, double log1, double log2) {
  const auto c_at = [&](std::int64_t s) {
    const double t = static_cast<double>(t0 + s);
    return exp(0.5 * static_cast<double>(s) * log2) / sqrt(-expm1(t * log2));
  };
  const double centre = 0.5 * (c_at(from) + c_at(to));
  double sums[SeriesLength<T>::terms] = {};
  for (std::int64_t s = from + threadIdx.x; s <= to; s += kThreads) {
    double weight = -exp(static_cast<double>(s) * log1) / expm1(static_cast<double>(t0 + s) * log1);
    const double part = 1.0 - c_at(s) / centre;
    for (int j = 0; j < SeriesLength<T>::terms; ++j) {
      sums[j] += weight;
      weight *= part;
    }
  }
  Span<T> span;
  span.centre = static_cast<T>(centre);
  for (int j = 0; j < SeriesLength<T>::terms; ++j) span.moment[j] = static_cast<T>(over_block(sums[j], Sum()));
  return span;
}

// A row a block; one span at a time is added to it (nearly always there is one).
template <typename T>
__global__ void rows(AdamRows<T> a) {
  const std::int64_t row = a.rows ? a.rows[blockIdx.x] : blockIdx.x, t0 = a.last_step[row];
  const std::int64_t k = t0 > 0 ? (a.grads ? a.step - 1 : a.step) - t0 : 0;
  __syncthreads();  // all have read last_step before it is written
  if (k <= 0 && !a.grads) return;
  const AdamStep<T> step = adam_step(a);
  const double log1 = log(a.beta1), log2 = log(a.beta2);
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
      const T g = a.grads[blockIdx.x * a.width + c];
      first = step.beta1 * first + (T(1) - step.beta1) * g;
      second = step.beta2 * second + (T(1) - step.beta2) * g * g;
      a.table[at + c] -= step.step_size * first / (sqrt(second) * step.inverse_root_bias2 + step.eps);
    }
    a.m[at + c] = first;
    a.v[at + c] = second;
  }
  if (threadIdx.x == 0) a.last_step[row] = a.step;
}

}  // namespace

template <typename T>
void adam_rows(const AdamRows<T>& a, void* stream) {
  launch("adam_rows", rows<T>, a.n, stream, a);
}

template void adam_rows(const AdamRows<float>&, void*);
template void adam_rows(const AdamRows<double>&, void*);

}  // namespace pyexplain::cuda
