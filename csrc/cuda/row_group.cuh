// Who works on a row: a block, or one warp of it where rows are short. Entries of thread t are t, t + kWidth, and so on.
#pragma once

#include "launch.cuh"

namespace pyexplain::cuda {

constexpr std::int64_t kShort =
    256;  // entries up to which a row is a warp's: a block would have little to do and much to exchange

struct WholeBlock {
  static constexpr int kWidth = kThreads;

  template <typename T, typename Combine>
  static __device__ T over(T value, Combine combine) {
    return over_block(value, combine);
  }

  // Both sums with one exchange; every thread has them.
  template <typename T>
  static __device__ void sum(T* one, T* two) {
    __shared__ T parts[2][kThreads / 32];
    const T first = over_warp(*one, Sum()), second = over_warp(*two, Sum());
    if (threadIdx.x % 32 == 0) {
      parts[0][threadIdx.x / 32] = first;
      parts[1][threadIdx.x / 32] = second;
    }
    __syncthreads();
    *one = parts[0][0];
    *two = parts[1][0];
    for (int w = 1; w < kThreads / 32; ++w) {
      *one += parts[0][w];
      *two += parts[1][w];
    }
    __syncthreads();
  }
};

struct OneWarp {
  static constexpr int kWidth = 32;

  template <typename T, typename Combine>
  static __device__ T over(T value, Combine combine) {
    return over_warp(value, combine);
  }

  template <typename T>
  static __device__ void sum(T* one, T* two) {
    *one = over_warp(*one, Sum());
    *two = over_warp(*two, Sum());
  }
};

// The row of this thread, of rows that are dealt out over blocks.
template <typename Group>
__device__ std::int64_t own_row() {
  return std::int64_t{blockIdx.x} * (kThreads / Group::kWidth) + threadIdx.x / Group::kWidth;
}

// How many blocks n rows take.
template <typename Group>
std::int64_t blocks_for(std::int64_t n) {
  constexpr int together = kThreads / Group::kWidth;
  return (n + together - 1) / together;
}

}  // namespace pyexplain::cuda
