#include "../counterfactual.hpp"
#include "narrow_block.cuh"

namespace pyexplain::cuda {
namespace {

// A row a block: what the head reads of one unit of each of its features, for both items.
template <typename T>
__global__ void inputs(SolveNarrowInputs<T> a) {
  const Chosen& of = a.chosen;
  const T *one = a.gate_one + of.rows[blockIdx.x] * a.k, *two = a.gate_two + of.rows[blockIdx.x] * a.k;
  const std::int64_t first = of.offsets[0], end = of.offsets[blockIdx.x + 1];
  for (std::int64_t e = of.offsets[blockIdx.x]; e < end; ++e) {
    const T* feature = a.feature_map + of.columns[e] * a.k;
    T* x = a.x + (e - first) * 2 * a.k;
    for (std::int64_t c = threadIdx.x; c < a.k; c += kThreads) {
      x[c] = one[c] * feature[c];
      x[a.k + c] = two[c] * feature[c];
    }
  }
}

template <typename T>
__global__ void rows(SolveNarrow<T> a) {
  const Chosen& of = a.chosen;
  const std::int64_t from = of.offsets[blockIdx.x], row = of.rows[blockIdx.x];
  const auto p = NarrowBlock<T>::in_room(a, a.start + row * a.w, a.images + (from - of.offsets[0]) * a.w, a.low + from,
                                         a.high + from, of.offsets[blockIdx.x + 1] - from, a.w);
  const T margin = p.prune(p.solve(a.steps));
  for (std::int64_t k = threadIdx.x; k < p.s; k += kThreads) a.delta[from + k] = p.best[k];
  if (threadIdx.x == 0) a.margin[blockIdx.x] = margin;
}

}  // namespace

template <typename T>
void solve_narrow_inputs(const SolveNarrowInputs<T>& a, void* stream) {
  launch("solve_narrow_inputs", inputs<T>, a.chosen.m, stream, a);
}

template <typename T>
void solve_narrow(const SolveNarrow<T>& a, void* stream) {
  const std::size_t room = static_cast<std::size_t>(a.w + NarrowBlock<T>::arrays * a.widest) * sizeof(T);
  launch_with_room("solve_narrow", rows<T>, a.chosen.m, room, stream, a);
}

template void solve_narrow_inputs(const SolveNarrowInputs<float>&, void*);
template void solve_narrow_inputs(const SolveNarrowInputs<double>&, void*);
template void solve_narrow(const SolveNarrow<float>&, void*);
template void solve_narrow(const SolveNarrow<double>&, void*);

}  // namespace pyexplain::cuda
