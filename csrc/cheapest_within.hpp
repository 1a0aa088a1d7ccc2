// The cheapest change of each row within several half-spaces and a box: the least l1 ||delta||_1 + l2 ||delta||_2^2 where
// g_c . delta <= b_c for every c and low <= delta <= high; coordinate ascent in the dual (Hildreth, 1957).
#pragma once

#include "portable.hpp"

namespace pyexplain {

// How exactly it is solved; see pyexplain/ops/cheapest_within.py.
template <typename T>
struct Ascent {
  std::int64_t sweeps, doublings, halvings, secants;
  T settled, missed, most, slack;
  PX_FIELDS(sweeps, doublings, halvings, secants, settled, missed, most, slack)
};

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

namespace cpu {
template <typename T>
void cheapest_within(const CheapestWithin<T>&);
}  // namespace cpu

}  // namespace pyexplain
