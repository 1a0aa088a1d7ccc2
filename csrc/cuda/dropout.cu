#include "../dropout.hpp"
#include "launch.cuh"

namespace pyexplain::cuda {
namespace {

template <typename T>
__global__ void entries(Dropout<T> a) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (i < a.n) drop(a, i);
}

}  // namespace

template <typename T>
void dropout(const Dropout<T>& a, void* stream) {
  launch("dropout", entries<T>, blocks_of(a.n), stream, a);
}

template void dropout(const Dropout<float>&, void*);
template void dropout(const Dropout<double>&, void*);

}  // namespace pyexplain::cuda
