// The cheapest change of each row that turns its margin around, where the margin is linear: start + gradient . delta. Some parts
// may change within a box, others go whole (to `low`) or not at all, each for `unit`. How it is found, and why nothing is
// cheaper: pyexplain/explainers/counterfactual/mixed.py.
#pragma once

#include "portable.hpp"

namespace pyexplain {

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

namespace cpu {
template <typename T>
void cheapest_flip(const CheapestFlip<T>&);
}  // namespace cpu

}  // namespace pyexplain
