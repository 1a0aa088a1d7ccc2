// Whole counterfactual problems in one go on a GPU, each row by itself from its first working set to its last: few of the user's
// own features, then more, then all of them; then the same among all that may change. Where a set flips the order, the row is
// done. The stages, and which features they try, are those of pyexplain/explainers/counterfactual/affine.py, which does the same
// with many rows a stage; how a set is solved is solve_narrow's.
#pragma once

#include "sparse.hpp"

namespace pyexplain {

template <typename T>
struct SolveWidening {
  const T *value, *slope, *start;     // [n], [n, k], [n, 2h]: margin, its gradient in z_u, what goes into the relu for both items
  const T *gate_one, *gate_two;       // [n, k]
  const T *feature_map, *hidden_map;  // [P, k], [k, h]
  const T* readout;                   // [2h]
  SparseRows<T> has, own;             // f_u, and those of its entries that may change: n rows each
  const T* gradient;                  // of the margin, beside own
  const std::int64_t* may;            // [n_may], ascending: the features that may change; null = all
  T* margin;                          // [n]: the best reached, from stage to stage
  std::int64_t* tried;                // [n]: how many features the first set of these stages had
  std::int64_t *begin, *counts;       // [n]: where the best change of a row stands
  std::int64_t *columns, *used;       // [room], [1]: how much of the room is taken; more than there is: nothing was written
  T* delta;                           // [room], beside columns
  T* numbers;                         // [blocks, numbers_of()]: to work in
  std::int64_t* places;               // [blocks, 2 widest]: to work in
  std::int64_t n, n_may, k, h, room, blocks;
  std::int64_t offered, widest;  // the most entries that a row has to choose from in this stage, and in its sets
  std::int64_t stage;            // 0: few own; 1: every own; 2: few of all; 3: every one, or the `many` that pull hardest
  bool first;                    // the first of the stages
  std::int64_t steps, least, few, many;
  T most, l1, l2, gamma, enough;
  PX_FIELDS(value, slope, start, gate_one, gate_two, feature_map, hidden_map, readout, has, own, gradient, may, margin, tried,
            begin, counts, columns, used, delta, numbers, places, n, n_may, k, h, room, blocks, offered, widest, stage, first,
            steps, least, few, many, most, l1, l2, gamma, enough)
};

namespace cuda {
template <typename T>
void solve_widening(const SolveWidening<T>&, void* stream);
}  // namespace cuda

}  // namespace pyexplain
