#include "../solve_widening.hpp"
#include "widening_block.cuh"

namespace pyexplain::cuda {
namespace {

// Rows are dealt out to blocks, as each block has memory of its own to work in; rows that are done cost next to nothing.
template <typename T>
__global__ void rows(const __grid_constant__ SolveWidening<T> a) {
  for (std::int64_t row = blockIdx.x; row < a.n; row += a.blocks) {
    WideningBlock<T>(a, row).run();
    __syncthreads();
  }
}

}  // namespace

template <typename T>
void solve_widening(const SolveWidening<T>& a, void* stream) {
  const std::size_t room = static_cast<std::size_t>(WideningBlock<T>::shared_numbers(a)) * sizeof(T);
  launch_with_room("solve_widening", rows<T>, a.blocks < a.n ? a.blocks : a.n, room, stream, a);
}

template void solve_widening(const SolveWidening<float>&, void*);
template void solve_widening(const SolveWidening<double>&, void*);

}  // namespace pyexplain::cuda
