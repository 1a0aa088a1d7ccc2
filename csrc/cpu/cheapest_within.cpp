#include <algorithm>
#include <cmath>
#include <vector>

#include "perturbation.hpp"

namespace pyexplain::cpu {
namespace {

using std::int64_t;

template <typename T>
struct Box {
  const T *low, *high;
  int64_t s;
  T l1, l2;

  // argmin of l1 |delta| + l2 delta^2 + pull delta for one feature: a soft threshold, cut off by the box.
  PX_INLINE T best(T pull, int64_t k) const {
    const T soft = pull > l1 ? pull - l1 : pull < -l1 ? pull + l1 : T(0), free = soft / (T(-2) * l2);
    const T above = free > low[k] ? free : low[k];
    return above < high[k] ? above : high[k];
  }
};

// slope . delta(rest + y slope) - bound, which falls with y, in straight pieces.
template <typename T>
PX_INLINE T excess_at(const Box<T>& box, const T* slope, const T* rest, T bound, T y) {
  T sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t k = 0; k < box.s; ++k) sum += slope[k] * box.best(rest[k] + y * slope[k], k);
  return sum - bound;
}

template <typename T>
PX_INLINE T largest(const T* row, int64_t n) {
  T most = 0;
#pragma omp simd reduction(max : most)
  for (int64_t k = 0; k < n; ++k) most = std::fabs(row[k]) > most ? std::fabs(row[k]) : most;
  return most;
}

template <typename T>
PX_INLINE T widest(const Box<T>& box) {
  T most = 0;
#pragma omp simd reduction(max : most)
  for (int64_t k = 0; k < box.s; ++k) most = box.high[k] - box.low[k] > most ? box.high[k] - box.low[k] : most;
  return most;
}

// The smallest y >= 0 at which slope . delta(rest + y slope) <= bound; a large one where there is none.
template <typename T>
PX_INLINE T smallest(const Box<T>& box, const Ascent<T>& how, const T* slope, const T* rest, T bound, T width) {
  const T largest_slope = largest(slope, box.s);
  bound += how.slack * largest_slope;
  T under = 0, above = excess_at(box, slope, rest, bound, under);
  if (!(above > T(0))) return under;
  const T steepest = largest_slope > T(1e-12) ? largest_slope : T(1e-12), reach = box.l1 + T(2) * box.l2 * width;
  T over = (largest(rest, box.s) + reach) / steepest, below = excess_at(box, slope, rest, bound, over);
  for (int64_t step = 0; step < how.doublings && below > T(0); ++step) {
    under = over;
    above = below;
    over *= T(2);
    below = excess_at(box, slope, rest, bound, over);
  }
  for (int64_t step = 0; step < how.halvings + how.secants; ++step) {
    const bool secant = step >= how.halvings && step % 2 == 1;
    const T fall = above - below > T(1e-30) ? above - below : T(1e-30), share = secant ? above / fall : T(0.5);
    const T middle = under + (share < T(1) ? share : T(1)) * (over - under);
    const T value = excess_at(box, slope, rest, bound, middle);
    const bool open = value > how.slack * steepest;  // less is what rounding leaves where a piece crosses 0
    (open ? under : over) = middle;
    (open ? above : below) = value;
  }
  const T end = how.most * reach / steepest;  // where nothing is inside, y would grow without end
  return over < end ? over : end;
}

// delta of the row as it is best for these pulls; whether a feature moved by more than `settled`.
template <typename T>
PX_INLINE bool move(const Box<T>& box, const T* pull, T settled, T* delta) {
  T most = 0;
#pragma omp simd reduction(max : most)
  for (int64_t k = 0; k < box.s; ++k) {
    const T found = box.best(pull[k], k), moved = std::fabs(found - delta[k]);
    most = moved > most ? moved : most;
    delta[k] = found;
  }
  return most > settled;
}

template <typename T>
PX_INLINE bool misses(const T* slope, const T* delta, int64_t s, T bound, T missed) {
  T sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t k = 0; k < s; ++k) sum += slope[k] * delta[k];
  return sum > bound + missed * (T(1) + std::fabs(bound));
}

// room [2 s + c]: pulls, those without one half-space, and the multipliers.
template <typename T>
PX_INLINE void solve(const CheapestWithin<T>& a, int64_t r, T* room) {
  T *pull = room, *rest = room + a.s, *y = rest + a.s, *delta = a.delta + r * a.s;
  const T *g = a.g + r * a.c * a.s, *b = a.b + r * a.c;
  const Box<T> box = {a.low + r * a.s, a.high + r * a.s, a.s, a.l1, a.l2};
  const T width = widest(box);
  std::fill(room, room + 2 * a.s + a.c, T(0));
  std::fill(delta, delta + a.s, T(0));
  for (int64_t sweep = 0; sweep < (a.c > 1 ? a.ascent.sweeps : 1); ++sweep) {
    for (int64_t c = 0; c < a.c; ++c) {
      if (!std::isfinite(b[c])) continue;
      const T* slope = g + c * a.s;
      PX_SIMD for (int64_t k = 0; k < a.s; ++k) rest[k] = pull[k] - y[c] * slope[k];
      y[c] = smallest(box, a.ascent, slope, rest, b[c], width);
      PX_SIMD for (int64_t k = 0; k < a.s; ++k) pull[k] = rest[k] + y[c] * slope[k];
    }
    bool open = move(box, pull, a.ascent.settled * width, delta);
    for (int64_t c = 0; c < a.c && !open; ++c) open = misses(g + c * a.s, delta, a.s, b[c], a.ascent.missed);
    if (!open) break;
  }
}

PX_CLONES void solve_row(const CheapestWithin<float>& a, int64_t r, float* room) { solve(a, r, room); }
PX_CLONES void solve_row(const CheapestWithin<double>& a, int64_t r, double* room) { solve(a, r, room); }

}  // namespace

template <typename T>
void cheapest_within(const CheapestWithin<T>& a) {
#pragma omp parallel if (a.n * a.c * a.s > kWorthThreads)
  {
    std::vector<T> room(2 * a.s + a.c);
#pragma omp for schedule(static)
    for (int64_t r = 0; r < a.n; ++r) solve_row(a, r, room.data());
  }
}

template void cheapest_within(const CheapestWithin<float>&);
template void cheapest_within(const CheapestWithin<double>&);

}  // namespace pyexplain::cpu
