// Changes of rows of features by other means than counterfactual.hpp's: of linear margins, within several half-spaces, by Adam as
// published, and along a gradient.
#pragma once

#include <cmath>

#include "portable.hpp"

namespace pyexplain {

// The cheapest change of each row that turns its margin around, where the margin is linear: start + gradient . delta. Some parts
// may change within a box, others go whole (to `low`) or not at all, each for `unit`. How it is found, and why nothing is
// cheaper: pyexplain/explainers/counterfactual/mixed.py.
template <typename T>
struct CheapestFlip {
  const T* start;                  // [n]
  const std::int64_t* offsets;     // [n + 1]: the parts of each row
  const T *gradient, *low, *high;  // [nnz]
  const std::uint8_t* whole;       // [nnz], null: none goes whole
  T *delta, *margin;               // [nnz], [n]: the change, and the margin with it
  std::int64_t n, steps;           // steps: one would do, but for rounding
  T unit, l1, l2, gamma, flipped,
      cheaper;  // flipped: a margin below is turned around; cheaper: a step that saves less is the last
  PX_FIELDS(start, offsets, gradient, low, high, whole, delta, margin, n, steps, unit, l1, l2, gamma, flipped, cheaper)
};

// How exactly cheapest_within is solved; see pyexplain/ops/cheapest_within.py.
template <typename T>
struct Ascent {
  std::int64_t sweeps, doublings, halvings, secants;
  T settled, missed, most, slack;
  PX_FIELDS(sweeps, doublings, halvings, secants, settled, missed, most, slack)
};

// The cheapest change of each row within several half-spaces and a box: the least l1 ||delta||_1 + l2 ||delta||_2^2 where
// g_c . delta <= b_c for every c and low <= delta <= high; coordinate ascent in the dual (Hildreth, 1957).
template <typename T>
struct CheapestWithin {
  const T *g, *b;       // [n, c, s], [n, c]: infinity where nothing is asked
  const T *low, *high;  // [n, s]
  T* delta;             // [n, s]
  std::int64_t n, c, s;
  T l1, l2;
  Ascent<T> ascent;
  PX_FIELDS(g, b, low, high, delta, n, c, s, l1, l2, ascent)
};

// One element of the published counterfactual solver's update: Adam on the gradient plus the slopes of l1 |d| and l2 d^2, then
// back into the box.
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

// One row of eq. (6): delta = radius * g / ||g||_2; a row without a gradient stays where it is.
template <typename T>
struct AdversarialStep {
  const T* g;  // [n, p]
  std::int64_t n, p;
  T radius;
  T* delta;  // [n, p]
  PX_FIELDS(g, n, p, radius, delta)
};

template <typename T>
PX_INLINE T largest_size(const T* g, std::int64_t n) {
  T most = 0;
#pragma omp simd reduction(max : most)
  for (std::int64_t k = 0; k < n; ++k) {
    const T size = g[k] < 0 ? -g[k] : g[k];
    most = size > most ? size : most;
  }
  return most;
}

// The squares are of g / max|g|: the gradient of a well trained pair is tiny, and its squares would vanish in float.
template <typename T, typename Root>
PX_INLINE T scale_to_radius(const T* g, std::int64_t n, T radius, Root root) {
  const T most = largest_size(g, n);
  if (!(most > 0)) return T(0);
  const T inverse = T(1) / most;
  T squares = 0;
#pragma omp simd reduction(+ : squares)
  for (std::int64_t k = 0; k < n; ++k) squares += (g[k] * inverse) * (g[k] * inverse);
  return radius * inverse / root(squares);
}

namespace cpu {
template <typename T>
void cheapest_flip(const CheapestFlip<T>&);
template <typename T>
void cheapest_within(const CheapestWithin<T>&);
template <typename T>
void adam_perturbation_step(const AdamPerturbationStep<T>&);
template <typename T>
void adversarial_step(const AdversarialStep<T>&);
}  // namespace cpu

namespace cuda {
template <typename T>
void adam_perturbation_step(const AdamPerturbationStep<T>&, void* stream);
template <typename T>
void adversarial_step(const AdversarialStep<T>&, void* stream);
}  // namespace cuda

}  // namespace pyexplain
