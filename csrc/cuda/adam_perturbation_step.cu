#include "../perturbation.hpp"
#include "launch.cuh"

namespace pyexplain::cuda {
namespace {

template <typename T>
__global__ void elements(AdamPerturbationStep<T> a) {
  const std::int64_t at = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (at < a.size) adam_perturbation(a, at);
}

}  // namespace

template <typename T>
void adam_perturbation_step(const AdamPerturbationStep<T>& a, void* stream) {
  launch("adam_perturbation_step", elements<T>, blocks_of(a.size), stream, a);
}

template void adam_perturbation_step(const AdamPerturbationStep<float>&, void*);
template void adam_perturbation_step(const AdamPerturbationStep<double>&, void*);

}  // namespace pyexplain::cuda
