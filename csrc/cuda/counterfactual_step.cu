#include "half_space_block.cuh"

namespace pyexplain::cuda {
namespace {

template <typename T>
__global__ void rows(CounterfactualStep<T> a) {
  const std::int64_t at = blockIdx.x * a.p;
  const HalfSpaceBlock<T> row{a.g + at, a.low + at, a.high + at, a.p, a.l1, a.l2};
  std::uint8_t flag = kSolved;
  const T nu = row.multiplier(a.c[blockIdx.x], &flag);
  T sum = 0, squares = 0;
  for (std::int64_t k = threadIdx.x; k < a.p; k += kThreads) {
    const T step = row.step_at(k, nu);
    a.d[at + k] = row.g[k] > 0 ? -step : step;
    sum += step;
    squares += step * step;
  }
  sum = over_block(sum, Sum());
  squares = over_block(squares, Sum());
  if (threadIdx.x == 0) {
    a.cost[blockIdx.x] = a.l1 * sum + a.l2 * squares;
    a.multiplier[blockIdx.x] = nu;
    a.flag[blockIdx.x] = flag;
  }
}

}  // namespace

template <typename T>
void counterfactual_step(const CounterfactualStep<T>& a, void* stream) {
  launch("counterfactual_step", rows<T>, a.n, stream, a);
}

template void counterfactual_step(const CounterfactualStep<float>&, void*);
template void counterfactual_step(const CounterfactualStep<double>&, void*);

}  // namespace pyexplain::cuda
