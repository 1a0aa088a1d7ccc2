#include "../counterfactual.hpp"
#include "choose_block.cuh"

namespace pyexplain::cuda {
namespace {

template <typename T>
__global__ void rows(SteepestEntries<T> a) {
  const std::int64_t row = blockIdx.x, from = a.offsets[row], end = a.offsets[row + 1];
  const Offered<T> of{a.gradient + from, a.low + from, a.high + from, end - from, a.pull + from};
  const double wanted = static_cast<double>(a.enough) * static_cast<double>(a.margin[row]);
  std::int64_t* places = a.places + row * a.widest;
  const std::int64_t count =
      of.choose(a.least, a.widest, wanted, [=](std::int64_t number, std::int64_t e) { places[number] = from + e; });
  if (threadIdx.x == 0) a.counts[row] = count;
}

}  // namespace

template <typename T>
void steepest_entries(const SteepestEntries<T>& a, void* stream) {
  launch("steepest_entries", rows<T>, a.m, stream, a);
}

template void steepest_entries(const SteepestEntries<float>&, void*);
template void steepest_entries(const SteepestEntries<double>&, void*);

}  // namespace pyexplain::cuda
