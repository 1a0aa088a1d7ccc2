// Counterfactual problems of margins that are linear before a relu: their slopes, the working set, the inner step, and whole
// problems over a few features of each row.
#pragma once

#include <cmath>

#include "portable.hpp"

namespace pyexplain {

// The margin readout . relu(start) of each row, and its slope in what goes into the relu: readout where that is above 0, else 0.
template <typename T>
struct HiddenSlopes {
  const T *start, *readout;  // [n, w], [w]
  T *margin, *slopes;        // [n], [n, w]
  std::int64_t n, w;
  PX_FIELDS(start, readout, margin, slopes, n, w)
};

// A product of two matrices where sparse rows have entries, and nowhere else: out = left[row of it] . right[column of it].
template <typename T>
struct SampledProduct {
  const T *left, *right;                  // [n, k], [p, k]
  const std::int64_t *offsets, *columns;  // [n + 1], [nnz]
  T* out;                                 // [nnz]
  std::int64_t n, k;
  PX_FIELDS(left, right, offsets, columns, out, n, k)
};

// Of each row of sparse entries those that pull hardest, |gradient| where there is room to go downhill: at least `least`, and so
// many that to first order they bring `enough` times the margin; `widest` at most.
template <typename T>
struct SteepestEntries {
  const T *gradient, *low, *high;  // [nnz]: row r's are those from offsets[r] to offsets[r + 1]
  const T* margin;                 // [m]
  const std::int64_t* offsets;     // [m + 1]
  std::int64_t *counts, *places;   // [m]; [m, widest]: where in nnz they stand, the hardest first
  T* pull;                         // [nnz], to work in, on a GPU
  std::int64_t m, least, widest;
  T enough;
  PX_FIELDS(gradient, low, high, margin, offsets, counts, places, pull, m, least, widest, enough)
};

// One row of the counterfactual problem's inner step:
//
//   minimise   l1 ||d||_1 + l2 ||d||_2^2   subject to   g . d <= c,   low <= d <= high     (low <= 0 <= high, l2 > 0)
//
// An entry moves against its slope, by step_k(nu) = min(max(nu |g_k| - l1, 0) / (2 l2), room_k), where room_k is how far the box
// lets it go. That brings g . d down by gain(nu) = sum_k |g_k| step_k(nu), which rises with the one multiplier nu >= 0, piecewise
// linearly; wanted is gain(nu) = -c. A Newton step is exact once it stands on the right piece; a bracket guards the steps before.
template <typename T>
struct CounterfactualStep {
  const T *g, *c, *low, *high;  // [n, p], [n], [n, p], [n, p]
  std::int64_t n, p;
  T l1, l2;
  T *d, *cost, *multiplier;  // [n, p], [n], [n]
  std::uint8_t* flag;        // [n]
  PX_FIELDS(g, c, low, high, n, p, l1, l2, d, cost, multiplier, flag)
};

enum HalfSpaceFlag : std::uint8_t { kSolved = 0, kInfeasible = 1 };

template <typename T>
struct Tolerance;
template <>
struct Tolerance<float> {
  static constexpr float gain = 1e-5f, bracket = 1e-6f;
};
template <>
struct Tolerance<double> {
  static constexpr double gain = 1e-10, bracket = 1e-14;
};

// How far an entry may go, against its slope. One whose slope is tiny would ask for a multiplier beyond the type's range, and
// stays. (These are functions of numbers, not members of a struct: the latter would keep the loops from being vectorised.)
template <typename T>
PX_INLINE T room_of(T g, T low, T high) {
  const T size = std::fabs(g), room = g > T(0) ? -low : high;
  return size > T(1e-20) ? room : T(0);
}

template <typename T>
PX_INLINE T step_of(T nu, T size, T room, T l1, T half_inverse_l2) {
  const T free = (nu * size - l1) * half_inverse_l2;
  const T up = free > T(0) ? free : T(0);
  return up < room ? up : room;
}

// How fast |g| step grows with nu, without the factor 1 / (2 l2).
template <typename T>
PX_INLINE T bend_of(T step, T size, T room) {
  return ((step > T(0)) & (step < room)) ? size * size : T(0);
}

// The multiplier at which an entry arrives at its bound.
template <typename T>
PX_INLINE T saturation_of(T size, T room, T l1, T l2) {
  return room > T(0) ? (T(2) * l2 * room + l1) / size : T(0);
}

template <typename T>
struct Gain {
  T value, slope;
};

// The multiplier, from a bracket lower .. upper with gain(upper) >= wanted, starting at nu. gain_at(nu) gives value and slope.
// What is returned has gain >= wanted, up to rounding.
template <typename T, typename GainAt>
PX_INLINE T find_multiplier(T wanted, T lower, T upper, T nu, GainAt gain_at) {
  const T close = wanted * Tolerance<T>::gain;
  for (int turn = 0; turn < 100; ++turn) {
    const Gain<T> here = gain_at(nu);
    if (here.value >= wanted) {
      upper = nu;
      if (here.value - wanted <= close) break;
    } else {
      lower = nu;
    }
    if (upper - lower <= upper * Tolerance<T>::bracket) break;
    // aims a little beyond, so as to land on the side that satisfies the constraint
    const T newton = here.slope > 0 ? nu + (wanted + T(0.5) * close - here.value) / here.slope : upper;
    nu = newton > lower && newton < upper ? newton : T(0.5) * (lower + upper);
  }
  return upper;
}

// Which features of which rows: row r of m is row rows[r] of N, and its features are columns[e], offsets[r] <= e <
// offsets[r + 1].
struct Chosen {
  const std::int64_t *rows, *offsets, *columns;
  std::int64_t m;
  PX_FIELDS(rows, offsets, columns, m)
};

// What the head reads of one unit of each feature, for the two items: x [2 e, ...] = gate_one or gate_two [row] * feature_map
// [column]. Entries are counted from the first row's on, here and in the images.
template <typename T>
struct SolveNarrowInputs {
  Chosen chosen;
  const T *gate_one, *gate_two, *feature_map;  // [N, k], [N, k], [P, k]
  std::int64_t k;
  T* x;  // [entries, 2, k]
  PX_FIELDS(chosen, gate_one, gate_two, feature_map, k, x)
};

// Whole counterfactual problems over a few features of each row, seen from the hidden layer: margin(delta) =
// readout . relu(start + sum_k delta_k image_k). Successive linearisation, descent where that runs in circles, and taking back
// what the flip does not need; the twin in torch is pyexplain/explainers/counterfactual/restricted.py, whose constants these are.
template <typename T>
struct SolveNarrow {
  Chosen chosen;
  const T *start, *images, *readout;  // [N, w], [entries, w], [w]
  const T *low, *high;                // one a column: the box
  T *delta, *margin;                  // one a column, [m]
  std::int64_t w, steps, widest;      // widest: the most features of a row
  T l1, l2, gamma;
  PX_FIELDS(chosen, start, images, readout, low, high, delta, margin, w, steps, widest, l1, l2, gamma)
};

namespace narrow {

constexpr double kFlipped = -1e-5;  // below this, rounding cannot make the recommender's own scores disagree about the sign
constexpr double kCheaper = 0.99;   // a step that saves less than a hundredth is the last
constexpr int kFullSteps = 4, kStepsFromAFlip = 6, kMostRounds = 12, kHalvings = 8;
constexpr double kShares[] = {1.0, 0.5, 0.25, 0.125, 0.06, 0.03};

}  // namespace narrow

namespace cpu {
template <typename T>
void hidden_slopes(const HiddenSlopes<T>&);
template <typename T>
void sampled_product(const SampledProduct<T>&);
template <typename T>
void steepest_entries(const SteepestEntries<T>&);
template <typename T>
void counterfactual_step(const CounterfactualStep<T>&);
template <typename T>
void solve_narrow_inputs(const SolveNarrowInputs<T>&);
template <typename T>
void solve_narrow(const SolveNarrow<T>&);
}  // namespace cpu

namespace cuda {
template <typename T>
void hidden_slopes(const HiddenSlopes<T>&, void* stream);
template <typename T>
void sampled_product(const SampledProduct<T>&, void* stream);
template <typename T>
void steepest_entries(const SteepestEntries<T>&, void* stream);
template <typename T>
void counterfactual_step(const CounterfactualStep<T>&, void* stream);
template <typename T>
void solve_narrow_inputs(const SolveNarrowInputs<T>&, void* stream);
template <typename T>
void solve_narrow(const SolveNarrow<T>&, void* stream);
}  // namespace cuda

}  // namespace pyexplain
