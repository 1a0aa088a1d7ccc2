#include "../head.hpp"
#include "launch.cuh"

namespace pyexplain::cuda {
namespace {

constexpr std::int64_t kOneBlock = 4096;  // examples that one block does on its own, sooner than a second launch begins

constexpr std::int64_t kMostParts = 2048;  // blocks that share out more than that

// A block's part of the examples, in an order that n alone decides; its sum goes where the first of `terms` would.
template <typename T>
__global__ void parts(BprLoss<T> a, std::int64_t blocks) {
  double sum = 0;
  for (std::int64_t b = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x; b < a.n; b += blocks * kThreads)
    sum += static_cast<double>(bpr_term(a, b));
  sum = over_block(sum, Sum());
  if (threadIdx.x == 0) a.terms[blockIdx.x] = static_cast<T>(sum);
}

// One block adds in an order that is always the same; `made`: the sums of so many parts are there.
template <typename T>
__global__ void mean(BprLoss<T> a, std::int64_t made) {
  double sum = 0;
  for (std::int64_t b = threadIdx.x; b < (made ? made : a.n); b += kThreads)
    sum += static_cast<double>(made ? a.terms[b] : bpr_term(a, b));
  sum = over_block(sum, Sum());
  if (threadIdx.x == 0) *a.loss = static_cast<T>(sum);
}

}  // namespace

template <typename T>
void bpr_loss(const BprLoss<T>& a, void* stream) {
  if (a.n <= kOneBlock) return launch("bpr_loss", mean<T>, 1, stream, a, std::int64_t{0});
  const std::int64_t blocks = blocks_of(a.n) < kMostParts ? blocks_of(a.n) : kMostParts;
  launch("bpr_loss", parts<T>, blocks, stream, a, blocks);
  launch("bpr_loss", mean<T>, 1, stream, a, blocks);
}

template void bpr_loss(const BprLoss<float>&, void*);
template void bpr_loss(const BprLoss<double>&, void*);

}  // namespace pyexplain::cuda
