#include "half_space_block.cuh"

namespace pyexplain::cuda {
namespace {

constexpr std::int64_t kShort =
    256;  // entries up to which a row is a warp's: a block would have little to do and much to exchange

template <typename T, typename Group, typename Row>
__device__ void solve(const CounterfactualStep<T>& a, std::int64_t number, const Row& entries) {
  const HalfSpaceBlock<T, Row, Group> row{entries, a.p, a.l1, a.l2};
  std::uint8_t flag = kSolved;
  const T nu = row.multiplier(a.c[number], &flag);
  T sum = 0, squares = 0, *d = a.d + number * a.p;
  row.each(a.p, [&](std::int64_t k) {
    const T step = row.step_at(k, nu);
    d[k] = entries.slope_at(k) > 0 ? -step : step;
    sum += step;
    squares += step * step;
  });
  const Gain<T> both = Group::sums(Gain<T>{sum, squares});
  if (threadIdx.x % Group::kWidth == 0) {
    a.cost[number] = a.l1 * both.value + a.l2 * both.slope;
    a.multiplier[number] = nu;
    a.flag[number] = flag;
  }
}

// Each row is read once: a search goes over it about five times, and then over shared memory.
template <typename T, typename Group>
__global__ void held_rows(CounterfactualStep<T> a) {
  constexpr int together = kThreads / Group::kWidth;
  const std::int64_t own = threadIdx.x / Group::kWidth, number = blockIdx.x * together + own, at = number * a.p;
  if (number >= a.n) return;  // a whole warp
  T *g = shared_room<T>() + own * 2 * a.p, *room = g + a.p;
  HalfSpaceBlock<T, HeldRow<T>, Group>::each(a.p, [&](std::int64_t k) {
    const T slope = a.g[at + k];
    g[k] = slope;
    room[k] = room_of(slope, a.low[at + k], a.high[at + k]);
  });
  solve<T, Group>(a, number, HeldRow<T>{g, room});
}

// Rows that do not fit.
template <typename T>
__global__ void rows(CounterfactualStep<T> a) {
  const std::int64_t at = blockIdx.x * a.p;
  solve<T, WholeBlock>(a, blockIdx.x, BoxedRow<T>{a.g + at, a.low + at, a.high + at});
}

}  // namespace

template <typename T>
void counterfactual_step(const CounterfactualStep<T>& a, void* stream) {
  constexpr int warps = kThreads / 32;
  const std::size_t room = 2 * static_cast<std::size_t>(a.p) * sizeof(T);
  if (a.p <= kShort)
    launch_with_room("counterfactual_step", held_rows<T, OneWarp>, (a.n + warps - 1) / warps, warps * room, stream, a);
  else if (room <= kUsualRoom)
    launch_with_room("counterfactual_step", held_rows<T, WholeBlock>, a.n, room, stream, a);
  else
    launch("counterfactual_step", rows<T>, a.n, stream, a);
}

template void counterfactual_step(const CounterfactualStep<float>&, void*);
template void counterfactual_step(const CounterfactualStep<double>&, void*);

}  // namespace pyexplain::cuda
