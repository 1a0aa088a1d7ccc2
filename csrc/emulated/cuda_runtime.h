// CUDA's words on a processor, for tests: csrc/cuda is compiled as C++ with this header in CUDA's place. A thread is a fiber
// (switching.cpp), blocks run one after the other, and a seed shuffles the order of both; docs/native.md says what that can show.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __grid_constant__
#define __shared__ \
  static  // one copy serves all blocks, as they run one after the other; races.cpp finds what is left from the last

namespace pyexplain::emulated {

struct Place {
  unsigned x = 0;
};

// The block that a kernel's body is called for, thread by thread; std::runtime_error for what no schedule makes right.
void run(const char* name, std::int64_t blocks, unsigned threads, std::size_t shared_bytes, const std::function<void()>& body);
void* shared_room();  // of the running block, shared_bytes long

void wait_for_block(const char* file, int line);
// What an atomic addition gives. The places of counters are not looked at for races: this is not one of the watched files.
std::int64_t taken(std::int64_t* counter, std::int64_t n);
// Hands `size` bytes over within a warp: gives mine, takes what lane `from` gave.
void exchange(const void* mine, void* theirs, std::size_t size, unsigned from, unsigned mask, const char* file, int line);

}  // namespace pyexplain::emulated

extern pyexplain::emulated::Place threadIdx, blockIdx;

inline void __syncthreads(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  pyexplain::emulated::wait_for_block(file, line);
}

template <typename T>
T __shfl_xor_sync(unsigned mask, T value, unsigned step, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  T theirs;
  pyexplain::emulated::exchange(&value, &theirs, sizeof(T), (threadIdx.x % 32) ^ step, mask, file, line);
  return theirs;
}
