#include "../narrow.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "cpu.hpp"
#include "half_space_row.hpp"

namespace pyexplain::cpu {
namespace {

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
constexpr int64_t kArrays = 9;  // g to lost, and the box

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
PX_INLINE void solve_and_prune(const NarrowRow<T>& p, bool prune_only) {
  if (prune_only) {
    *p.best_margin = margin_at(p, p.best);
  } else {
    solve(p);
  }
  prune(p);
}

PX_CLONES void work(const NarrowRow<float>& p, bool prune_only) { solve_and_prune(p, prune_only); }
PX_CLONES void work(const NarrowRow<double>& p, bool prune_only) { solve_and_prune(p, prune_only); }

int64_t widest(const Chosen& a) {
  int64_t most = 0;
  for (int64_t r = 0; r < a.m; ++r) most = std::max(most, a.offsets[r + 1] - a.offsets[r]);
  return most;
}

// Row r of m, solved in the given room.
template <typename T>
void solve_row(const NarrowSolve<T>& a, int64_t r, T* room, int64_t most) {
  const Chosen& of = a.chosen;
  const int64_t from = of.offsets[r], s = of.offsets[r + 1] - from, row = of.rows[r];
  T *hidden = room, *first = hidden + a.w, *low = first + 7 * most, *high = low + most;
  for (int64_t e = 0; e < s; ++e) {
    low[e] = a.low[row * a.p + of.columns[from + e]];
    high[e] = a.high[row * a.p + of.columns[from + e]];
  }
  const NarrowRow<T> p{a.start + row * a.w,
                       a.images + (from - of.offsets[0]) * a.w,
                       a.readout,
                       low,
                       high,
                       s,
                       a.w,
                       a.steps,
                       a.l1,
                       a.l2,
                       a.gamma,
                       hidden,
                       first,
                       first + most,
                       first + 2 * most,
                       first + 3 * most,
                       first + 4 * most,
                       first + 5 * most,
                       first + 6 * most,
                       a.delta + from,
                       a.margin + r};
  work(p, a.prune_only);
}

template <typename T>
PX_INLINE void input(const T* gate, const T* feature, int64_t k, T* x) {
  PX_SIMD for (int64_t c = 0; c < k; ++c) x[c] = gate[c] * feature[c];
}

template <typename T>
PX_INLINE void inputs_of(const NarrowInputs<T>& a, int64_t r) {
  const Chosen& of = a.chosen;
  const T *one = a.gate_one + of.rows[r] * a.k, *two = a.gate_two + of.rows[r] * a.k;
  for (int64_t e = of.offsets[r]; e < of.offsets[r + 1]; ++e) {
    const T* feature = a.feature_map + of.columns[e] * a.k;
    T* x = a.x + (e - of.offsets[0]) * 2 * a.k;
    input(one, feature, a.k, x);
    input(two, feature, a.k, x + a.k);
  }
}

PX_CLONES void inputs_row(const NarrowInputs<float>& a, int64_t r) { inputs_of(a, r); }
PX_CLONES void inputs_row(const NarrowInputs<double>& a, int64_t r) { inputs_of(a, r); }

// The pull of each candidate goes to `pulls`, and below that of every one that is taken.
template <typename T>
int64_t steepest_of(const NarrowSteepest<T>& a, int64_t r, T* pulls, int64_t* out) {
  const int64_t row = a.among.rows[r], from = a.among.offsets ? a.among.offsets[row] : 0;
  const int64_t n = a.among.offsets ? a.among.offsets[row + 1] - from : a.p;
  const auto feature = [&](int64_t e) { return a.among.offsets ? a.among.columns[from + e] : e; };
  const auto room = [&](int64_t at) { return a.gradient[at] > T(0) ? -a.low[at] : a.high[at]; };
  for (int64_t e = 0; e < n; ++e) {
    const int64_t at = row * a.p + feature(e);
    pulls[e] = room(at) > T(0) ? std::fabs(a.gradient[at]) : T(0);
  }
  T brought = 0;
  int64_t count = 0;
  while (count < a.widest && (count < a.least || brought < a.enough * a.margin[row])) {
    T* best = std::max_element(pulls, pulls + n);
    if (best == pulls + n || !(*best > T(0))) break;
    out[count++] = feature(best - pulls);
    brought += *best * room(row * a.p + out[count - 1]);
    *best = T(-1);
  }
  return count;
}

template <typename T>
PX_INLINE T slopes_of(const T* start, const T* readout, int64_t w, T* slopes) {
  T sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t c = 0; c < w; ++c) {
    const T in = start[c], slope = in > T(0) ? readout[c] : T(0);
    sum += in * slope;
    slopes[c] = slope;
  }
  return sum;
}

PX_CLONES float slopes_row(const float* s, const float* r, int64_t w, float* out) { return slopes_of(s, r, w, out); }
PX_CLONES double slopes_row(const double* s, const double* r, int64_t w, double* out) { return slopes_of(s, r, w, out); }

int64_t entries(const Chosen& a) { return a.m ? a.offsets[a.m] - a.offsets[0] : 0; }

}  // namespace

template <typename T>
void narrow_steepest(const NarrowSteepest<T>& a) {
#pragma omp parallel if (a.among.m * a.p > kWorthThreads)
  {
    std::vector<T> pulls(a.p);
#pragma omp for schedule(static)
    for (int64_t r = 0; r < a.among.m; ++r) a.counts[r] = steepest_of(a, r, pulls.data(), a.numbers + r * a.widest);
  }
}

template <typename T>
void narrow_slopes(const NarrowSlopes<T>& a) {
#pragma omp parallel for schedule(static) if (a.n * a.w > kWorthThreads)
  for (int64_t r = 0; r < a.n; ++r) a.margin[r] = slopes_row(a.start + r * a.w, a.readout, a.w, a.slopes + r * a.w);
}

template <typename T>
void narrow_inputs(const NarrowInputs<T>& a) {
#pragma omp parallel for schedule(static) if (entries(a.chosen) * a.k > kWorthThreads)
  for (int64_t r = 0; r < a.chosen.m; ++r) inputs_row(a, r);
}

template <typename T>
void narrow_solve(const NarrowSolve<T>& a) {
  const int64_t most = widest(a.chosen);
#pragma omp parallel if (entries(a.chosen) * a.w > kWorthThreads)
  {
    std::vector<T> room(a.w + kArrays * most);
#pragma omp for schedule(dynamic, 4)
    for (int64_t r = 0; r < a.chosen.m; ++r) solve_row(a, r, room.data(), most);
  }
}

template void narrow_steepest(const NarrowSteepest<float>&);
template void narrow_steepest(const NarrowSteepest<double>&);
template void narrow_slopes(const NarrowSlopes<float>&);
template void narrow_slopes(const NarrowSlopes<double>&);
template void narrow_inputs(const NarrowInputs<float>&);
template void narrow_inputs(const NarrowInputs<double>&);
template void narrow_solve(const NarrowSolve<float>&);
template void narrow_solve(const NarrowSolve<double>&);

}  // namespace pyexplain::cpu
