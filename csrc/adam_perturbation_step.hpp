// One element of the published counterfactual solver's update: Adam on the gradient plus the slopes of l1 |d| and l2 d^2, then
// back into the box.
#pragma once

#include <cmath>

#include "portable.hpp"

namespace pyexplain {

template <typename T>
struct AdamPerturbationStep {
  T *delta, *m, *v;     // [n, p], in place
  const T* grad;        // [n, p]
  const T *low, *high;  // [n, p]; an entry that may not change has both at 0
  std::int64_t size;    // n * p
  T l1, l2, beta1, beta2, eps;
  T step_size, root_bias2;  // lr / (1 - beta1^t), sqrt(1 - beta2^t)
  PX_FIELDS(delta, m, v, grad, low, high, size, l1, l2, beta1, beta2, eps, step_size, root_bias2)
};

template <typename T>
PX_INLINE void adam_perturbation(const AdamPerturbationStep<T>& a, std::int64_t at) {
  const T d = a.delta[at];
  const T slope = a.grad[at] + a.l1 * static_cast<T>((d > T(0)) - (d < T(0))) + T(2) * a.l2 * d;
  const T m = a.beta1 * a.m[at] + (T(1) - a.beta1) * slope;
  const T v = a.beta2 * a.v[at] + (T(1) - a.beta2) * slope * slope;
  const T moved = d - a.step_size * m / (std::sqrt(v) / a.root_bias2 + a.eps);
  const T capped = moved > a.high[at] ? a.high[at] : moved;
  a.m[at] = m;
  a.v[at] = v;
  a.delta[at] = capped < a.low[at] ? a.low[at] : capped;
}

namespace cpu {
template <typename T>
void adam_perturbation_step(const AdamPerturbationStep<T>&);
}  // namespace cpu

namespace cuda {
template <typename T>
void adam_perturbation_step(const AdamPerturbationStep<T>&, void* stream);
}  // namespace cuda

}  // namespace pyexplain
