#include "../counterfactual.hpp"
#include "choose_block.cuh"

namespace pyexplain::cuda {
namespace {

template <typename T>
__global__ void slopes_of(HiddenSlopes<T> a) {
  const std::int64_t at = blockIdx.x * a.w;
  T sum = 0;
  for (std::int64_t c = threadIdx.x; c < a.w; c += kThreads) {
    const T in = a.start[at + c], slope = in > T(0) ? a.readout[c] : T(0);
    sum += in * slope;
    a.slopes[at + c] = slope;
  }
  sum = over_block(sum, Sum());
  if (threadIdx.x == 0) a.margin[blockIdx.x] = sum;
}

// A row a block, an entry a warp: lanes take neighbouring columns of both matrices.
template <typename T>
__global__ void products_of(SampledProduct<T> a) {
  const T* left = a.left + blockIdx.x * a.k;
  const std::int64_t end = a.offsets[blockIdx.x + 1];
  for (std::int64_t e = a.offsets[blockIdx.x] + threadIdx.x / 32; e < end; e += kThreads / 32) {
    const T* right = a.right + a.columns[e] * a.k;
    T sum = 0;
    for (std::int64_t c = threadIdx.x % 32; c < a.k; c += 32) sum += left[c] * right[c];
    sum = over_warp(sum, Sum());
    if (threadIdx.x % 32 == 0) a.out[e] = sum;
  }
}

template <typename T>
__global__ void steepest_of(SteepestEntries<T> a) {
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
void hidden_slopes(const HiddenSlopes<T>& a, void* stream) {
  launch("hidden_slopes", slopes_of<T>, a.n, stream, a);
}

template void hidden_slopes(const HiddenSlopes<float>&, void*);
template void hidden_slopes(const HiddenSlopes<double>&, void*);

template <typename T>
void sampled_product(const SampledProduct<T>& a, void* stream) {
  launch("sampled_product", products_of<T>, a.n, stream, a);
}

template void sampled_product(const SampledProduct<float>&, void*);
template void sampled_product(const SampledProduct<double>&, void*);

template <typename T>
void steepest_entries(const SteepestEntries<T>& a, void* stream) {
  launch("steepest_entries", steepest_of<T>, a.m, stream, a);
}

template void steepest_entries(const SteepestEntries<float>&, void*);
template void steepest_entries(const SteepestEntries<double>&, void*);

}  // namespace pyexplain::cuda
