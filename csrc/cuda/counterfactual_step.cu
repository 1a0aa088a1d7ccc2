#include "half_space_block.cuh"

namespace pyexplain::cuda {
namespace {

// A row in registers, `count` entries a thread: it is read once, and searched five times and more. Beyond its end entries have no
// slope and no room.
template <typename T, typename Group, int count>
struct HeldRow : HalfSpaceSearch<T, HeldRow<T, Group, count>> {
  T slope[count], room[count], l1, l2;

  __device__ HeldRow(const CounterfactualStep<T>& a, std::int64_t number) : l1(a.l1), l2(a.l2) {
    const std::int64_t at = number * a.p;
    PX_UNROLL for (int i = 0; i < count; ++i) {
      const int k = entry(i);
      slope[i] = k < a.p ? a.g[at + k] : T(0);
      room[i] = k < a.p ? room_of(slope[i], a.low[at + k], a.high[at + k]) : T(0);
    }
  }

  static __device__ int entry(int i) { return static_cast<int>(threadIdx.x % Group::kWidth) + i * Group::kWidth; }

  __device__ T size(int i) const { return std::fabs(slope[i]); }
  __device__ T step_at(int i, T nu) const { return step_of(nu, size(i), room[i], l1, T(0.5) / l2); }

  __device__ Offer<T> offer() const {
    T steepest = 0, most = 0;
    PX_UNROLL for (int i = 0; i < count; ++i) {
      steepest = room[i] > T(0) && size(i) > steepest ? size(i) : steepest;
      most += size(i) * room[i];
    }
    steepest = Group::over(steepest, Largest());
    return {steepest, Group::over(most, Sum())};
  }

  __device__ Gain<T> gain_at(T nu) const {
    T value = 0, bend = 0;
    PX_UNROLL for (int i = 0; i < count; ++i) {
      const T step = step_at(i, nu);
      value += size(i) * step;
      bend += bend_of(step, size(i), room[i]);
    }
    Group::sum(&value, &bend);
    return {value, bend * (T(0.5) / l2)};
  }

  __device__ T saturation() const {
    T nu = 0;
    PX_UNROLL for (int i = 0; i < count; ++i) {
      const T own = saturation_of(size(i), room[i], l1, l2);
      nu = own > nu ? own : nu;
    }
    return Group::over(nu, Largest()) * T(1.0001);
  }
};

// What is found of a row, by its first thread.
template <typename T>
__device__ void tell(const CounterfactualStep<T>& a, std::int64_t number, T sum, T squares, T nu, std::uint8_t flag) {
  a.cost[number] = a.l1 * sum + a.l2 * squares;
  a.multiplier[number] = nu;
  a.flag[number] = flag;
}

template <typename Group, int count, typename T>
__global__ void held_rows(CounterfactualStep<T> a) {
  const std::int64_t number = own_row<Group>();
  if (number >= a.n) return;  // whole warps
  const HeldRow<T, Group, count> row(a, number);
  std::uint8_t flag = kSolved;
  const T nu = row.multiplier(a.c[number], &flag);
  T sum = 0, squares = 0, *d = a.d + number * a.p;
  PX_UNROLL for (int i = 0; i < count; ++i) {
    const T step = row.step_at(i, nu);
    if (row.entry(i) < a.p) d[row.entry(i)] = row.slope[i] > 0 ? -step : step;
    sum += step;
    squares += step * step;
  }
  Group::sum(&sum, &squares);
  if (threadIdx.x % Group::kWidth == 0) tell(a, number, sum, squares, nu, flag);
}

// Rows that are too long for it.
template <typename T>
__global__ void rows(CounterfactualStep<T> a) {
  const std::int64_t at = blockIdx.x * a.p;
  const HalfSpaceBlock<T> row(a.g + at, a.low + at, a.high + at, a.p, a.l1, a.l2);
  std::uint8_t flag = kSolved;
  const T nu = row.multiplier(a.c[blockIdx.x], &flag);
  T sum = 0, squares = 0;
  for (std::int64_t k = threadIdx.x; k < a.p; k += kThreads) {
    const T step = row.step_at(k, nu);
    a.d[at + k] = row.g[k] > 0 ? -step : step;
    sum += step;
    squares += step * step;
  }
  WholeBlock::sum(&sum, &squares);
  if (threadIdx.x == 0) tell(a, blockIdx.x, sum, squares, nu, flag);
}

template <typename Group, int count, typename T>
void launch_held(const CounterfactualStep<T>& a, void* stream) {
  launch("counterfactual_step", held_rows<Group, count, T>, blocks_for<Group>(a.n), stream, a);
}

}  // namespace

template <typename T>
void counterfactual_step(const CounterfactualStep<T>& a, void* stream) {
  if (a.p <= 32) return launch_held<OneWarp, 1>(a, stream);
  if (a.p <= 96) return launch_held<OneWarp, 3>(a, stream);
  if (a.p <= kShort) return launch_held<OneWarp, 8>(a, stream);
  if (a.p <= 4 * kThreads) return launch_held<WholeBlock, 4>(a, stream);
  if (a.p <= 8 * kThreads) return launch_held<WholeBlock, 8>(a, stream);
  if (a.p <= 12 * kThreads) return launch_held<WholeBlock, 12>(a, stream);
  if (a.p <= 16 * kThreads) return launch_held<WholeBlock, 16>(a, stream);
  launch("counterfactual_step", rows<T>, a.n, stream, a);
}

template void counterfactual_step(const CounterfactualStep<float>&, void*);
template void counterfactual_step(const CounterfactualStep<double>&, void*);

}  // namespace pyexplain::cuda
