// What one unit of each of a few features adds to the hidden layer of one row, for both items, by a block: the products of
// solve_narrow's images where a row is alone, and a library's product would have to wait to hear of how many.
#pragma once

#include "launch.cuh"

namespace pyexplain::cuda {

template <typename T>
struct ImageBlock {
  static constexpr int features = 4, vectors = 2 * features;  // at a time: each number of the map is read once for all

  const T *gate_one, *gate_two, *feature_map, *hidden_map;  // [k], [k], [P, k], [k, h]
  std::int64_t k, h;
  T* x;  // shared, [k, vectors]

  static std::int64_t shared_numbers(std::int64_t k) { return k * vectors; }

  // images [s, 2h] of columns [s].
  __device__ void make(const std::int64_t* columns, std::int64_t s, T* images) const {
    for (std::int64_t first = 0; first < s; first += features) {
      const std::int64_t count = s - first < features ? s - first : features;
      for (std::int64_t at = threadIdx.x; at < k * features; at += kThreads) {
        const std::int64_t number = at / k, c = at % k;
        const T unit = number < count ? feature_map[columns[first + number] * k + c] : T(0);
        x[c * vectors + 2 * number] = gate_one[c] * unit;
        x[c * vectors + 2 * number + 1] = gate_two[c] * unit;
      }
      __syncthreads();
      for (std::int64_t unit = threadIdx.x; unit < h; unit += kThreads) product(unit, count, images + first * 2 * h);
      __syncthreads();
    }
  }

  __device__ void product(std::int64_t unit, std::int64_t count, T* images) const {
    T sums[vectors] = {};
    for (std::int64_t c = 0; c < k; ++c) {
      const T by = hidden_map[c * h + unit];
      PX_UNROLL for (int v = 0; v < vectors; ++v) sums[v] += by * x[c * vectors + v];
    }
    PX_UNROLL for (int number = 0; number < features; ++number) {
      if (number < count) {
        images[number * 2 * h + unit] = sums[2 * number];
        images[number * 2 * h + h + unit] = sums[2 * number + 1];
      }
    }
  }
};

}  // namespace pyexplain::cuda
