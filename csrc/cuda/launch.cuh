// The launch of a kernel; sums and maxima over a block.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace pyexplain::cuda {

constexpr int kThreads = 128;  // a row a block: 4 warps for 300 to 2,000 features

// Blocks for one thread an element.
inline std::int64_t blocks_of(std::int64_t n) { return (n + kThreads - 1) / kThreads; }

// Starts a kernel of `blocks` blocks on the caller's stream; none for 0. std::runtime_error where the card refuses it.
template <typename... Parameters, typename... Arguments>
void launch(const char* name, void (*kernel)(Parameters...), std::int64_t blocks, void* stream, const Arguments&... arguments) {
  if (blocks <= 0) return;
  if (blocks > 0x7fffffff) throw std::runtime_error(std::string(name) + ": more rows than one launch takes (2^31 - 1)");
#if defined(__CUDACC__)
  kernel<<<static_cast<unsigned>(blocks), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(arguments...);
  const cudaError_t error = cudaGetLastError();
  if (error != cudaSuccess) throw std::runtime_error(std::string(name) + ": " + cudaGetErrorString(error));
#else  // for tests, on a processor: csrc/emulated
  static_cast<void>(stream);
  emulated::run(name, blocks, kThreads, 0, [&] { kernel(arguments...); });
#endif
}

struct Sum {
  template <typename T>
  __device__ T operator()(T a, T b) const {
    return a + b;
  }
};

struct Largest {
  template <typename T>
  __device__ T operator()(T a, T b) const {
    return a > b ? a : b;
  }
};

// The same value in every thread. The order of the sum is fixed by the lanes, so it does not vary from run to run.
template <typename T, typename Combine>
__device__ T over_block(T value, Combine combine) {
  __shared__ T parts[kThreads / 32];
  for (int step = 16; step > 0; step /= 2) value = combine(value, __shfl_xor_sync(0xffffffffu, value, step));
  if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = value;
  __syncthreads();
  T total = parts[0];
  for (int w = 1; w < kThreads / 32; ++w) total = combine(total, parts[w]);
  __syncthreads();
  return total;
}

}  // namespace pyexplain::cuda
