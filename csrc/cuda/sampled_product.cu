#include "../sparse.hpp"
#include "launch.cuh"

namespace pyexplain::cuda {
namespace {

// A row a block, an entry a warp: lanes take neighbouring columns of both matrices.
template <typename T>
__global__ void rows(SampledProduct<T> a) {
  const T* left = a.left + blockIdx.x * a.k;
  const std::int64_t end = a.offsets[blockIdx.x + 1];
  for (std::int64_t e = a.offsets[blockIdx.x] + threadIdx.x / 32; e < end; e += kThreads / 32) {
    const T* right = a.right + a.columns[e] * a.k;
    T sum = 0;
    for (std::int64_t c = threadIdx.x % 32; c < a.k; c += 32) sum += left[c] * right[c];
    sum = over_warp(sum, Sum());
    if (threadIdx.x % 32 == 0) a.out[e] = sum;
  }
}

}  // namespace

template <typename T>
void sampled_product(const SampledProduct<T>& a, void* stream) {
  launch("sampled_product", rows<T>, a.n, stream, a);
}

template void sampled_product(const SampledProduct<float>&, void*);
template void sampled_product(const SampledProduct<double>&, void*);

}  // namespace pyexplain::cuda
