// Of each row of sparse entries those that pull hardest, |gradient| where there is room to go downhill: at least `least`, and so
// many that to first order they bring `enough` times the margin; `widest` at most.
#pragma once

#include "portable.hpp"

namespace pyexplain {

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

namespace cpu {
template <typename T>
void steepest_entries(const SteepestEntries<T>&);
}  // namespace cpu

namespace cuda {
template <typename T>
void steepest_entries(const SteepestEntries<T>&, void* stream);
}  // namespace cuda

}  // namespace pyexplain
