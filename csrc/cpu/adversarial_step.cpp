#include <cmath>

#include "perturbation.hpp"

namespace pyexplain::cpu {
namespace {

template <typename T>
PX_INLINE void scaled(const T* g, std::int64_t p, T radius, T* delta) {
  const T scale = scale_to_radius(g, p, radius, [](T squares) { return std::sqrt(squares); });
#pragma omp simd
  for (std::int64_t k = 0; k < p; ++k) delta[k] = scale * g[k];
}

PX_CLONES void row(const float* g, std::int64_t p, float radius, float* delta) { scaled(g, p, radius, delta); }
PX_CLONES void row(const double* g, std::int64_t p, double radius, double* delta) { scaled(g, p, radius, delta); }

}  // namespace

template <typename T>
void adversarial_step(const AdversarialStep<T>& a) {
#pragma omp parallel for schedule(static)
  for (std::int64_t r = 0; r < a.n; ++r) row(a.g + r * a.p, a.p, a.radius, a.delta + r * a.p);
}

template void adversarial_step(const AdversarialStep<float>&);
template void adversarial_step(const AdversarialStep<double>&);

}  // namespace pyexplain::cpu
