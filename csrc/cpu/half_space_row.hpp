// The inner step of the counterfactual problem for one row, as loops that the clones of a caller are compiled from.
#pragma once

#include "../counterfactual.hpp"

namespace pyexplain::cpu {

using std::int64_t;

template <typename T>
struct HalfSpaceRow {
  const T *g, *low, *high;
  int64_t p;
  T l1, l2, half_inverse_l2;
};

template <typename T>
PX_INLINE Gain<T> gain_of(const HalfSpaceRow<T> row, T nu) {
  T value = 0, bend = 0;
#pragma omp simd reduction(+ : value, bend)
  for (int64_t k = 0; k < row.p; ++k) {
    const T size = std::fabs(row.g[k]), room = room_of(row.g[k], row.low[k], row.high[k]);
    const T step = step_of(nu, size, room, row.l1, row.half_inverse_l2);
    value += size * step;
    bend += bend_of(step, size, room);
  }
  return {value, bend * row.half_inverse_l2};
}

// The largest slope among entries with room, and the gain when all have gone as far as they can.
template <typename T>
PX_INLINE void extremes(const HalfSpaceRow<T> row, T* steepest, T* most) {
  T largest = 0, total = 0;
#pragma omp simd reduction(max : largest) reduction(+ : total)
  for (int64_t k = 0; k < row.p; ++k) {
    const T size = std::fabs(row.g[k]), room = room_of(row.g[k], row.low[k], row.high[k]);
    const T counts = room > T(0) ? size : T(0);
    largest = counts > largest ? counts : largest;
    total += size * room;
  }
  *steepest = largest;
  *most = total;
}

template <typename T>
PX_INLINE T saturation(const HalfSpaceRow<T> row) {
  T nu = 0;
#pragma omp simd reduction(max : nu)
  for (int64_t k = 0; k < row.p; ++k) {
    const T own = saturation_of(std::fabs(row.g[k]), room_of(row.g[k], row.low[k], row.high[k]), row.l1, row.l2);
    nu = own > nu ? own : nu;
  }
  return nu * T(1.0001);
}

template <typename T>
PX_INLINE T multiplier_of(const HalfSpaceRow<T> row, T wanted, std::uint8_t* flag) {
  T steepest, most;
  extremes(row, &steepest, &most);
  if (!(most >= wanted)) {
    *flag = kInfeasible;
    return saturation(row);
  }
  // this would do if the steepest entry had the room; if it has not, the bracket is opened as far as it goes
  T lower = 0, nu = (row.l1 + T(2) * row.l2 * wanted / steepest) / steepest, upper = nu;
  const Gain<T> first = gain_of(row, nu);
  if (first.value < wanted) {
    lower = nu;
    upper = saturation(row);
    if (!(upper > lower)) return lower;
  }
  const T newton = first.slope > T(0) ? nu + (wanted - first.value) / first.slope : lower;
  nu = newton > lower && newton < upper ? newton : T(0.5) * (lower + upper);
  return find_multiplier(wanted, lower, upper, nu, [row](T at) PX_LAMBDA { return gain_of(row, at); });
}

template <typename T>
PX_INLINE std::uint8_t solve_half_space(const HalfSpaceRow<T> row, T c, T* d, T* cost, T* multiplier) {
  std::uint8_t flag = kSolved;
  const T nu = c < 0 ? multiplier_of(row, -c, &flag) : T(0);
  T sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum, squares)
  for (int64_t k = 0; k < row.p; ++k) {
    const T size = std::fabs(row.g[k]), room = room_of(row.g[k], row.low[k], row.high[k]);
    const T step = step_of(nu, size, room, row.l1, row.half_inverse_l2);
    d[k] = row.g[k] > T(0) ? -step : step;
    sum += step;
    squares += step * step;
  }
  *cost = row.l1 * sum + row.l2 * squares;
  *multiplier = nu;
  return flag;
}

}  // namespace pyexplain::cpu
