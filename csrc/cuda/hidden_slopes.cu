#include "../counterfactual.hpp"
#include "launch.cuh"

namespace pyexplain::cuda {
namespace {

template <typename T>
__global__ void rows(HiddenSlopes<T> a) {
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

}  // namespace

template <typename T>
void hidden_slopes(const HiddenSlopes<T>& a, void* stream) {
  launch("hidden_slopes", rows<T>, a.n, stream, a);
}

template void hidden_slopes(const HiddenSlopes<float>&, void*);
template void hidden_slopes(const HiddenSlopes<double>&, void*);

}  // namespace pyexplain::cuda
