#include "../perturbation.hpp"
#include "row_group.cuh"

namespace pyexplain::cuda {
namespace {

template <typename Group, typename T>
__global__ void rows(AdversarialStep<T> a) {
  const std::int64_t number = own_row<Group>();
  if (number >= a.n) return;  // whole warps
  const T* mine = a.g + number * a.p;
  const auto each = [&](auto work) {
    for (std::int64_t k = threadIdx.x % Group::kWidth; k < a.p; k += Group::kWidth) work(k);
  };
  T most = 0;
  each([&](std::int64_t k) {
    const T size = mine[k] < 0 ? -mine[k] : mine[k];
    most = size > most ? size : most;
  });
  most = Group::over(most, Largest());
  const T inverse = most > 0 ? T(1) / most : T(0);
  T squares = 0;
  each([&](std::int64_t k) { squares += (mine[k] * inverse) * (mine[k] * inverse); });
  squares = Group::over(squares, Sum());
  const T scale = most > 0 ? a.radius * inverse / sqrt(squares) : T(0);
  each([&](std::int64_t k) { a.delta[number * a.p + k] = scale * mine[k]; });
}

}  // namespace

template <typename T>
void adversarial_step(const AdversarialStep<T>& a, void* stream) {
  if (a.n == 0 || a.p == 0) return;
  if (a.p <= kShort)
    launch("adversarial_step", rows<OneWarp, T>, blocks_for<OneWarp>(a.n), stream, a);
  else
    launch("adversarial_step", rows<WholeBlock, T>, a.n, stream, a);
}

template void adversarial_step(const AdversarialStep<float>&, void*);
template void adversarial_step(const AdversarialStep<double>&, void*);

}  // namespace pyexplain::cuda
