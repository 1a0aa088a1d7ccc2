// Whole counterfactual problems over a few features of each row, seen from the hidden layer: margin(delta) =
// readout . relu(start + sum_k delta_k image_k). Successive linearisation, descent where that runs in circles, and taking back
// what the flip does not need; the twin in torch is pyexplain/explainers/counterfactual/restricted.py, whose constants these are.
#pragma once

#include "portable.hpp"

namespace pyexplain {

// Which features of which rows: row r of m is row rows[r] of N, and its features are columns[e], offsets[r] <= e < offsets[r +
// 1].
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
void solve_narrow_inputs(const SolveNarrowInputs<T>&);
template <typename T>
void solve_narrow(const SolveNarrow<T>&);
}  // namespace cpu

namespace cuda {
template <typename T>
void solve_narrow_inputs(const SolveNarrowInputs<T>&, void* stream);
template <typename T>
void solve_narrow(const SolveNarrow<T>&, void* stream);
}  // namespace cuda

}  // namespace pyexplain
