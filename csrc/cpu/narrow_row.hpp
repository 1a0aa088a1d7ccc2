// One row of solve_narrow, as loops that the clones of a caller are compiled from: the margin and its slope as functions of
// delta, successive linearisation, the nearest flip, and taking back.
#pragma once

#include <algorithm>
#include <limits>

#include "counterfactual.hpp"
#include "half_space_row.hpp"

namespace pyexplain::cpu {

using namespace pyexplain::narrow;

// One row, and room to work in: hidden [w], the others [s].
template <typename T>
struct NarrowRow {
  const T *start, *images, *readout, *low, *high;
  int64_t s, w, steps;
  T l1, l2, gamma;
  T *hidden, *g, *here, *wanted, *last, *corner, *there, *lost;
  T *best, *best_margin;
};

template <typename T>
PX_INLINE void add_up(const NarrowRow<T>& p, const T* delta) {
  T* hidden = p.hidden;
  const int64_t w = p.w;
  std::copy(p.start, p.start + w, hidden);
  for (int64_t k = 0; k < p.s; ++k) {
    const T by = delta[k];
    if (by == T(0)) continue;
    const T* image = p.images + k * w;
    PX_SIMD for (int64_t c = 0; c < w; ++c) hidden[c] += by * image[c];
  }
}

template <typename T>
PX_INLINE T margin_at(const NarrowRow<T>& p, const T* delta) {
  add_up(p, delta);
  const T *hidden = p.hidden, *readout = p.readout;
  const int64_t w = p.w;
  T sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t c = 0; c < w; ++c) sum += (hidden[c] > T(0) ? hidden[c] : T(0)) * readout[c];
  return sum;
}

// The margin; its gradient goes to p.g.
template <typename T>
PX_INLINE T slope_at(const NarrowRow<T>& p, const T* delta) {
  add_up(p, delta);
  T* hidden = p.hidden;
  const T* readout = p.readout;
  const int64_t w = p.w;
  T sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t c = 0; c < w; ++c) {
    const T in = hidden[c], slope = in > T(0) ? readout[c] : T(0);
    sum += in * slope;
    hidden[c] = slope;
  }
  for (int64_t k = 0; k < p.s; ++k) {
    const T* image = p.images + k * w;
    T dot = 0;
#pragma omp simd reduction(+ : dot)
    for (int64_t c = 0; c < w; ++c) dot += image[c] * hidden[c];
    p.g[k] = dot;
  }
  return sum;
}

template <typename T>
PX_INLINE T cost_of(const NarrowRow<T>& p, const T* delta) {
  T sum = 0, squares = 0;
  for (int64_t k = 0; k < p.s; ++k) {
    sum += std::fabs(delta[k]);
    squares += delta[k] * delta[k];
  }
  return p.l1 * sum + p.l2 * squares;
}

// From `at` to `to`, the given share of the way.
template <typename T>
PX_INLINE void go(const NarrowRow<T>& p, const T* at, const T* to, T share, T* out) {
  for (int64_t k = 0; k < p.s; ++k) out[k] = at[k] + share * (to[k] - at[k]);
}

// Minimise the cost with margin + g . (delta' - delta) <= -gamma in the box, and again; p.best: the cheapest flip on the way from
// p.here, or without one the smallest margin.
template <typename T>
PX_INLINE void linear_steps(const NarrowRow<T>& p, int64_t steps) {
  const T never = std::numeric_limits<T>::infinity();
  T best_cost = never;
  *p.best_margin = never;
  for (int64_t step = 0;; ++step) {
    const T margin = slope_at(p, p.here), cost = cost_of(p, p.here);
    const bool flipped = margin < T(kFlipped), none = best_cost == never;
    const bool going = none || (flipped && cost < T(kCheaper) * best_cost);
    if (flipped ? cost < best_cost : none && margin < *p.best_margin) {
      std::copy(p.here, p.here + p.s, p.best);
      *p.best_margin = margin;
      if (flipped) best_cost = cost;
    }
    if (step == steps || !going) return;
    T c = -std::max(p.gamma, T(-2 * kFlipped)) - margin, ignored[2];
    for (int64_t k = 0; k < p.s; ++k) c += p.g[k] * p.here[k];
    const HalfSpaceRow<T> row{p.g, p.low, p.high, p.s, p.l1, p.l2, T(0.5) / p.l2};
    solve_half_space(row, c, p.wanted, ignored, ignored + 1);
    T share = 1;
    for (int64_t k = kFullSteps; k < step; ++k) share *= T(0.9);
    // full steps may jump to and fro over the border of two linear pieces; shorter and shorter ones end such cycles
    if (step >= kFullSteps) share = std::max(T(0.7) * share, T(0.2));
    if (std::equal(p.here, p.here + p.s, p.wanted)) return;  // a step to where it stands: so would be all that follow
    go(p, p.here, p.wanted, share, p.here);
  }
}

// Downhill from p.here to where the order flips, and on the last stretch back to just after it. Returns the margin there.
template <typename T>
PX_INLINE T nearest_flip(const NarrowRow<T>& p) {
  T margin = 0;
  for (int round = 0; round < kMostRounds; ++round) {
    const T now = slope_at(p, p.here);
    for (int64_t k = 0; k < p.s; ++k) p.corner[k] = p.g[k] > 0 ? p.low[k] : p.g[k] < 0 ? p.high[k] : p.here[k];
    T chosen = 0;
    margin = now;
    for (const double share : kShares) {
      go(p, p.here, p.corner, T(share), p.there);
      const T reached = margin_at(p, p.there);
      if (reached < margin) margin = reached, chosen = T(share);
    }
    std::copy(p.here, p.here + p.s, p.last);
    go(p, p.here, p.corner, chosen, p.here);
    if (!(margin >= T(kFlipped) && margin < now - T(1e-3) * std::fabs(now))) break;
  }
  if (!(margin < T(kFlipped))) return margin;
  for (int turn = 0; turn < kHalvings; ++turn) {
    go(p, p.last, p.here, T(0.5), p.there);
    std::copy(p.there, p.there + p.s, margin_at(p, p.there) < T(kFlipped) ? p.here : p.last);
  }
  return margin_at(p, p.here);
}

template <typename T>
PX_INLINE void solve(const NarrowRow<T>& p) {
  std::fill(p.here, p.here + p.s, T(0));
  linear_steps(p, p.steps);
  if (*p.best_margin < T(kFlipped)) return;
  std::copy(p.best, p.best + p.s, p.here);
  const T margin = nearest_flip(p);
  if (margin < T(kFlipped)) {
    linear_steps(p, kStepsFromAFlip);
  } else {
    std::copy(p.here, p.here + p.s, p.best);
    *p.best_margin = margin;
  }
}

// Puts single features back while the order stays flipped, the largest saving of cost first, until none can be; of those that
// save alike, the one that does least.
template <typename T>
PX_INLINE void prune(const NarrowRow<T>& p) {
  const auto changes = [&p]() PX_LAMBDA { return p.s - std::count(p.best, p.best + p.s, T(0)); };
  if (changes() < 2 || !(*p.best_margin < T(kFlipped))) return;
  slope_at(p, p.best);
  T most = T(1e-30);
  for (int64_t k = 0; k < p.s; ++k) {
    const T by = -p.g[k] * p.best[k];
    p.lost[k] = by > T(0) ? by : T(0);
    most = std::max(most, p.lost[k]);
  }
  for (bool changed = true; changed && changes() > 1;) {
    changed = false;
    for (int64_t k = 0; k < p.s; ++k) {
      const T size = std::fabs(p.best[k]);
      p.wanted[k] = (p.l1 * size + p.l2 * size * size) * (T(1) - T(1e-3) * (p.lost[k] / most));
    }
    for (int64_t place = 0; place < p.s; ++place) {
      const int64_t k = std::max_element(p.wanted, p.wanted + p.s) - p.wanted;
      p.wanted[k] = T(-1);
      const T back = p.best[k];
      if (back == T(0)) continue;
      p.best[k] = T(0);
      const T margin = margin_at(p, p.best);
      if (margin < T(kFlipped)) {
        *p.best_margin = margin;
        changed = true;
      } else {
        p.best[k] = back;
      }
    }
  }
}

template <typename T>
PX_INLINE void solve_and_prune(const NarrowRow<T>& p) {
  solve(p);
  prune(p);
}

}  // namespace pyexplain::cpu
