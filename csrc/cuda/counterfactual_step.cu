#include "../counterfactual_step.hpp"
#include "launch.cuh"

namespace pyexplain::cuda {
namespace {

// A row a block; find_multiplier() runs in every thread alike, on sums that are shared out over the block.
template <typename T>
struct Row {
  const T *g, *low, *high;
  std::int64_t p;
  T l1, l2, half_inverse_l2;

  __device__ Gain<T> gain_at(T nu) const {
    T value = 0, bend = 0;
    for (std::int64_t k = threadIdx.x; k < p; k += kThreads) {
      const T size = std::fabs(g[k]), room = room_of(g[k], low[k], high[k]);
      const T step = step_of(nu, size, room, l1, half_inverse_l2);
      value += size * step;
      bend += bend_of(step, size, room);
    }
    return {over_block(value, Sum()), over_block(bend, Sum()) * half_inverse_l2};
  }

  __device__ T multiplier(T wanted, std::uint8_t* flag) const {
    T most = 0, upper = 0;
    for (std::int64_t k = threadIdx.x; k < p; k += kThreads) {
      const T size = std::fabs(g[k]), room = room_of(g[k], low[k], high[k]);
      most += size * room;
      const T own = saturation_of(size, room, l1, l2);
      upper = own > upper ? own : upper;
    }
    most = over_block(most, Sum());
    upper = over_block(upper, Largest()) * T(1.0001);
    if (!(most >= wanted)) {
      *flag = kInfeasible;
      return upper;
    }
    return find_multiplier(wanted, T(0), upper, T(0.5) * upper, [this](T nu) { return gain_at(nu); });
  }
};

template <typename T>
__global__ void rows(CounterfactualStep<T> a) {
  const std::int64_t at = blockIdx.x * a.p;
  const Row<T> row{a.g + at, a.low + at, a.high + at, a.p, a.l1, a.l2, T(0.5) / a.l2};
  std::uint8_t flag = kSolved;
  const T nu = a.c[blockIdx.x] < 0 ? row.multiplier(-a.c[blockIdx.x], &flag) : T(0);
  T sum = 0, squares = 0;
  for (std::int64_t k = threadIdx.x; k < a.p; k += kThreads) {
    const T room = room_of(row.g[k], row.low[k], row.high[k]);
    const T step = step_of(nu, T(std::fabs(row.g[k])), room, a.l1, row.half_inverse_l2);
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
