// Small kernels, right and with a fault planted: planted NAME SEED BLIND. Prints what came out; the exit status is 1 where the
// emulation says what is wrong, on stderr.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <string>
#include <vector>

#include "cuda/launch.cuh"
#include "emulated/running.hpp"

namespace cuda = pyexplain::cuda;

namespace {

constexpr int kBlocks = 3;

// Each thread gives its number to its neighbour. Without the barrier a neighbour may read before it was written.
template <bool barrier>
__global__ void neighbours(const int* in, int* out) {
  __shared__ int given[cuda::kThreads];
  given[threadIdx.x] = in[threadIdx.x];
  if (barrier) __syncthreads();
  out[blockIdx.x * cuda::kThreads + threadIdx.x] = given[(threadIdx.x + 1) % cuda::kThreads];
}

// The sum of a block; the faulty one lets all threads add to one place, which loses some on a GPU and none on fibers.
template <bool race>
__global__ void sum(const int* in, int* out) {
  if (race) {
    out[blockIdx.x] += in[threadIdx.x];
  } else {
    const int total = cuda::over_block(in[threadIdx.x], cuda::Sum());
    if (threadIdx.x == 0) out[blockIdx.x] = total;
  }
}

// Blocks that write to one place: the last one wins.
__global__ void last_wins(const int*, int* out) {
  if (threadIdx.x == 0) out[0] = static_cast<int>(blockIdx.x);
}

template <int beyond>
__global__ void next(const int* in, int* out) {
  if (threadIdx.x + 1 < cuda::kThreads + beyond) out[threadIdx.x] = in[threadIdx.x + 1];
}

__global__ void some_wait(const int* in, int* out) {
  if (threadIdx.x < 64) __syncthreads();
  out[threadIdx.x] = in[threadIdx.x];
}

__global__ void wait_apart(const int* in, int* out) {
  if (threadIdx.x < 64) {
    __syncthreads();
    out[threadIdx.x] = in[threadIdx.x];
  } else {
    __syncthreads();
  }
}

__global__ void half_a_warp(const int* in, int* out) {
  if (threadIdx.x % 32 < 16) out[threadIdx.x] = __shfl_xor_sync(0xffffffffu, in[threadIdx.x], 1);
}

using Kernel = void (*)(const int*, int*);
const std::map<std::string, std::pair<Kernel, int>> kernels = {
    {"barrier", {neighbours<true>, kBlocks}}, {"no barrier", {neighbours<false>, kBlocks}},
    {"sum", {sum<false>, kBlocks}},           {"race", {sum<true>, kBlocks}},
    {"race of blocks", {last_wins, kBlocks}}, {"in range", {next<0>, 1}},
    {"out of range", {next<1>, 1}},           {"some wait", {some_wait, 1}},
    {"threads wait apart", {wait_apart, 1}},  {"half a warp", {half_a_warp, 1}},
};

}  // namespace

int main(int, char** words) {
  std::vector<int> in(cuda::kThreads), out(kBlocks * cuda::kThreads);
  for (int k = 0; k < cuda::kThreads; ++k) in[k] = k;
  pyexplain::emulated::schedule(static_cast<unsigned>(std::atoi(words[2])));
  if (std::atoi(words[3])) pyexplain::emulated::look_for_races(false);
  const auto [kernel, blocks] = kernels.at(words[1]);
  try {
    cuda::launch(words[1], kernel, blocks, nullptr, in.data(), out.data());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  for (const int one : out) std::printf("%d ", one);
}
