// A few numbers as wide as a register: for what the compiler does not find by itself. The width is the caller's, one for each
// instruction set that it is compiled for.
#pragma once

#include <cstdint>
#include <type_traits>

#include "portable.hpp"

namespace pyexplain::cpu {

template <typename T, int bytes>
struct Vector {
  static constexpr int lanes = bytes / static_cast<int>(sizeof(T));
  using Index = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  typedef T type __attribute__((vector_size(bytes), may_alias));
  typedef T loose __attribute__((vector_size(bytes), aligned(alignof(T)), may_alias));  // anywhere
  typedef Index indices __attribute__((vector_size(bytes)));
};

// Lane l of `low` is a[l] or b[l - s], that of `high` a[l + s] or b[l]: the former where bit s of l is 0.
template <typename T, int bytes, int s, typename V>
PX_INLINE void exchange(const V& a, const V& b, V& low, V& high) {
  constexpr int lanes = Vector<T, bytes>::lanes;
#if defined(__clang__)
  V found_low, found_high;
  PX_UNROLL for (int l = 0; l < lanes; ++l) {
    found_low[l] = l & s ? b[l - s] : a[l];
    found_high[l] = l & s ? b[l] : a[l + s];
  }
  low = found_low;
  high = found_high;
#else
  typename Vector<T, bytes>::indices of_low, of_high;
  PX_UNROLL for (int l = 0; l < lanes; ++l) {
    of_low[l] = l & s ? lanes + l - s : l;
    of_high[l] = l & s ? lanes + l : l + s;
  }
  const V found = __builtin_shuffle(a, b, of_low);
  high = __builtin_shuffle(a, b, of_high);
  low = found;
#endif
}

// Rows become columns; as many rows as a row has lanes.
template <typename T, int bytes, int s = 1, typename V>
PX_INLINE void turn(V* rows) {
  constexpr int lanes = Vector<T, bytes>::lanes;
  PX_UNROLL for (int i = 0; i < lanes; ++i) {
    if (!(i & s)) exchange<T, bytes, s>(rows[i], rows[i + s], rows[i], rows[i + s]);
  }
  if constexpr (2 * s < lanes) turn<T, bytes, 2 * s>(rows);
}

// rows[0] becomes the sums of the rows, as many as a row has lanes.
template <typename T, int bytes, int s = 1, typename V>
PX_INLINE void add_across(V* rows) {
  constexpr int lanes = Vector<T, bytes>::lanes;
  PX_UNROLL for (int i = 0; i < lanes / (2 * s); ++i) {
    V low, high;
    exchange<T, bytes, s>(rows[2 * i], rows[2 * i + 1], low, high);
    rows[i] = low + high;
  }
  if constexpr (2 * s < lanes) add_across<T, bytes, 2 * s>(rows);
}

}  // namespace pyexplain::cpu
