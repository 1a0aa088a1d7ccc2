#include "../perturbation.hpp"
#include "launch.cuh"

namespace pyexplain::cuda {
namespace {

template <typename T>
__global__ void rows(AdversarialStep<T> a) {
  const T* mine = a.g + blockIdx.x * a.p;
  T most = 0;
  for (std::int64_t k = threadIdx.x; k < a.p; k += kThreads) {
    const T size = mine[k] < 0 ? -mine[k] : mine[k];
    most = size > most ? size : most;
  }
  most = over_block(most, Largest());
  const T inverse = most > 0 ? T(1) / most : T(0);
  T squares = 0;
  for (std::int64_t k = threadIdx.x; k < a.p; k += kThreads) squares += (mine[k] * inverse) * (mine[k] * inverse);
  squares = over_block(squares, Sum());
  const T scale = most > 0 ? a.radius * inverse / sqrt(squares) : T(0);
  for (std::int64_t k = threadIdx.x; k < a.p; k += kThreads) a.delta[blockIdx.x * a.p + k] = scale * mine[k];
}

}  // namespace

template <typename T>
void adversarial_step(const AdversarialStep<T>& a, void* stream) {
  if (a.n == 0 || a.p == 0) return;
  launch("adversarial_step", rows<T>, a.n, stream, a);
}

template void adversarial_step(const AdversarialStep<float>&, void*);
template void adversarial_step(const AdversarialStep<double>&, void*);

}  // namespace pyexplain::cuda
