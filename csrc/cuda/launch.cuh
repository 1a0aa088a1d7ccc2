// The launch of a kernel; sums and maxima over a block.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace pyexplain::cuda {

constexpr std::size_t kUsualRoom = 48 * 1024;  // more has to be asked for
constexpr int kThreads = 128;                  // a row a block: 4 warps for 300 to 2,000 features

// Blocks for one thread an element.
inline std::int64_t blocks_of(std::int64_t n) { return (n + kThreads - 1) / kThreads; }

#if defined(__CUDACC__)
inline void check(const char* name, cudaError_t error) {
  if (error != cudaSuccess) throw std::runtime_error(std::string(name) + ": " + cudaGetErrorString(error));
}
#endif

// Starts a kernel of `blocks` blocks on the caller's stream; none for 0. room: bytes of shared memory that each has beside what
// it declares. std::runtime_error where the card refuses it.
template <typename... Parameters, typename... Arguments>
void launch_with_room(const char* name, void (*kernel)(Parameters...), std::int64_t blocks, std::size_t room, void* stream,
                      const Arguments&... arguments) {
  if (blocks <= 0) return;
  if (blocks > 0x7fffffff) throw std::runtime_error(std::string(name) + ": more rows than one launch takes (2^31 - 1)");
#if defined(__CUDACC__)
  if (room > kUsualRoom) {
    const auto bytes = cudaFuncAttributeMaxDynamicSharedMemorySize;
    check(name, cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel), bytes, static_cast<int>(room)));
  }
  kernel<<<static_cast<unsigned>(blocks), kThreads, room, static_cast<cudaStream_t>(stream)>>>(arguments...);
  check(name, cudaGetLastError());
#else  // for tests, on a processor: csrc/emulated
  static_cast<void>(stream);
  emulated::run(name, blocks, kThreads, room, [&] { kernel(arguments...); });
#endif
}

template <typename... Parameters, typename... Arguments>
void launch(const char* name, void (*kernel)(Parameters...), std::int64_t blocks, void* stream, const Arguments&... arguments) {
  launch_with_room(name, kernel, blocks, 0, stream, arguments...);
}

// The shared memory that launch_with_room asked for.
template <typename T>
__device__ T* shared_room() {
#if defined(__CUDACC__)
  extern __shared__ __align__(16) unsigned char room[];
  return reinterpret_cast<T*>(room);
#else
  return static_cast<T*>(emulated::shared_room());
#endif
}

// Takes n of what a counter counts, and returns how many were taken before. Who comes first gets the first: so only where things
// stand may depend on it.
__device__ inline std::int64_t taken(std::int64_t* counter, std::int64_t n) {
#if defined(__CUDACC__)
  return static_cast<std::int64_t>(atomicAdd(reinterpret_cast<unsigned long long*>(counter), static_cast<unsigned long long>(n)));
#else
  return emulated::taken(counter, n);
#endif
}

struct Sum {
  template <typename T>
  __device__ T operator()(T a, T b) const {
    return a + b;
  }
};

struct Smallest {
  template <typename T>
  __device__ T operator()(T a, T b) const {
    return a < b ? a : b;
  }
};

struct Largest {
  template <typename T>
  __device__ T operator()(T a, T b) const {
    return a > b ? a : b;
  }
};

// The same value in every lane of a warp, all of which have to come here.
template <typename T, typename Combine>
__device__ T over_warp(T value, Combine combine) {
  for (int step = 16; step > 0; step /= 2) value = combine(value, __shfl_xor_sync(0xffffffffu, value, step));
  return value;
}

// The same value in every thread. The order of the sum is fixed by the lanes, so it does not vary from run to run.
template <typename T, typename Combine>
__device__ T over_block(T value, Combine combine) {
  __shared__ T parts[kThreads / 32];
  value = over_warp(value, combine);
  if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = value;
  __syncthreads();
  T total = parts[0];
  for (int w = 1; w < kThreads / 32; ++w) total = combine(total, parts[w]);
  __syncthreads();
  return total;
}

}  // namespace pyexplain::cuda
