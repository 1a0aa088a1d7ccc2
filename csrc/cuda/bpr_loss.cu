#include "../head.hpp"
#include "launch.cuh"

namespace pyexplain::cuda {
namespace {

constexpr std::int64_t kOneBlock = 4096;  // examples that one block does on its own, sooner than a second launch begins

template <typename T>
__global__ void terms(BprLoss<T> a) {
  const std::int64_t b = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (b < a.n) a.terms[b] = bpr_term(a, b);
}

// One block adds in an order that is always the same; `made`: the terms are there.
template <typename T, bool made>
__global__ void mean(BprLoss<T> a) {
  double sum = 0;
  for (std::int64_t b = threadIdx.x; b < a.n; b += kThreads) sum += static_cast<double>(made ? a.terms[b] : bpr_term(a, b));
  sum = over_block(sum, Sum());
  if (threadIdx.x == 0) *a.loss = static_cast<T>(sum);
}

}  // namespace

template <typename T>
void bpr_loss(const BprLoss<T>& a, void* stream) {
  if (a.n <= kOneBlock) return launch("bpr_loss", mean<T, false>, 1, stream, a);
  launch("bpr_loss", terms<T>, blocks_of(a.n), stream, a);
  launch("bpr_loss", mean<T, true>, 1, stream, a);
}

template void bpr_loss(const BprLoss<float>&, void*);
template void bpr_loss(const BprLoss<double>&, void*);

}  // namespace pyexplain::cuda
