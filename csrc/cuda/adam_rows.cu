#include "../adam.hpp"
#include "adam_block.cuh"

namespace pyexplain::cuda {
namespace {

template <typename T>
__global__ void rows(AdamRows<T> a, AdamStep<T> step, double log1, double log2) {
  adam_row(a, step, blockIdx.x, log1, log2);
}

}  // namespace

template <typename T>
void adam_rows(const AdamRows<T>& a, void* stream) {
  launch("adam_rows", rows<T>, a.n, stream, a, adam_step(a), std::log(a.beta1), std::log(a.beta2));
}

template void adam_rows(const AdamRows<float>&, void*);
template void adam_rows(const AdamRows<double>&, void*);

}  // namespace pyexplain::cuda
