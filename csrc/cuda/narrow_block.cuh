// One row of solve_narrow by a block, in the steps of cpu/narrow_row.hpp. Hidden units and features are shared out over the
// threads; what decides (margins, costs, whether something moved) comes out of sums over the block, so that every thread goes the
// same way.
#pragma once

#include "../counterfactual.hpp"
#include "half_space_block.cuh"

namespace pyexplain::cuda {

using namespace pyexplain::narrow;

// kShares, which a kernel cannot read.
constexpr int kTurns = sizeof(kShares) / sizeof(kShares[0]);
PX_INLINE constexpr double share_at(int turn) { return turn < 4 ? 1.0 / (1 << turn) : turn == 4 ? 0.06 : 0.03; }
static_assert(kTurns == 6 && share_at(0) == kShares[0] && share_at(3) == kShares[3] && share_at(4) == kShares[4] &&
              share_at(5) == kShares[5]);

// In shared memory: hidden [w], the others [s].
template <typename T>
struct NarrowBlock {
  static constexpr std::int64_t arrays = 8;  // of s numbers: g to best

  const T *start, *images, *readout, *low, *high;
  std::int64_t s, w;
  T l1, l2, gamma;
  T *hidden, *g, *here, *wanted, *last, *corner, *there, *lost, *best;

  // The problem of one row in the block's memory, w + arrays * all.widest numbers; `all` has what every row shares.
  template <typename All>
  static __device__ NarrowBlock in_room(const All& all, const T* start, const T* images, const T* low, const T* high,
                                        std::int64_t s, std::int64_t w) {
    T *hidden = shared_room<T>(), *first = hidden + w;
    const std::int64_t n = all.widest;
    return {start,         images,        all.readout,   low,           high,         s,         w,
            all.l1,        all.l2,        all.gamma,     hidden,        first,        first + n, first + 2 * n,
            first + 3 * n, first + 4 * n, first + 5 * n, first + 6 * n, first + 7 * n};
  }

  // work(k) for every feature, and all threads see what was done.
  template <typename Work>
  __device__ void each(Work work) const {
    for (std::int64_t k = threadIdx.x; k < s; k += kThreads) work(k);
    __syncthreads();
  }

  template <typename Term>
  __device__ T sum(Term term) const {
    T own = 0;
    for (std::int64_t k = threadIdx.x; k < s; k += kThreads) own += term(k);
    return over_block(own, Sum());
  }

  __device__ void copy(const T* from, T* to) const {
    each([=](std::int64_t k) { to[k] = from[k]; });
  }

  // From `at` to `to`, the given share of the way.
  __device__ void go(const T* at, const T* to, T share, T* out) const {
    each([=](std::int64_t k) { out[k] = at[k] + share * (to[k] - at[k]); });
  }

  __device__ T unit(const T* delta, std::int64_t c) const {
    T in = start[c];
    for (std::int64_t k = 0; k < s; ++k) {
      const T by = delta[k];
      if (by != T(0)) in += by * images[k * w + c];
    }
    return in;
  }

  __device__ T margin_at(const T* delta) const {
    T own = 0;
    for (std::int64_t c = threadIdx.x; c < w; c += kThreads) {
      const T in = unit(delta, c);
      own += (in > T(0) ? in : T(0)) * readout[c];
    }
    return over_block(own, Sum());
  }

  // The margin; its gradient goes to g, a feature a warp.
  __device__ T slope_at(const T* delta) const {
    T own = 0;
    for (std::int64_t c = threadIdx.x; c < w; c += kThreads) {
      const T in = unit(delta, c), slope = in > T(0) ? readout[c] : T(0);
      own += in * slope;
      hidden[c] = slope;
    }
    own = over_block(own, Sum());
    for (std::int64_t k = threadIdx.x / 32; k < s; k += kThreads / 32) {
      T dot = 0;
      for (std::int64_t c = threadIdx.x % 32; c < w; c += 32) dot += images[k * w + c] * hidden[c];
      dot = over_warp(dot, Sum());
      if (threadIdx.x % 32 == 0) g[k] = dot;
    }
    __syncthreads();
    return own;
  }

  __device__ T cost_of(const T* delta) const {
    return sum([=](std::int64_t k) { return l1 * std::fabs(delta[k]) + l2 * delta[k] * delta[k]; });
  }

  // Minimise the cost with margin + g . (delta' - delta) <= -gamma in the box, and again, from `here`. The cheapest flip on the
  // way goes to `best`, or without one the smallest margin; which is returned.
  __device__ T linear_steps(std::int64_t steps) const {
    const T never = T(INFINITY), aim = gamma > T(-2 * kFlipped) ? gamma : T(-2 * kFlipped);
    T best_cost = never, best_margin = never;
    for (std::int64_t step = 0;; ++step) {
      const T margin = slope_at(here), cost = cost_of(here);
      const bool flipped = margin < T(kFlipped), none = best_cost == never;
      const bool going = none || (flipped && cost < T(kCheaper) * best_cost);
      if (flipped ? cost < best_cost : none && margin < best_margin) {
        copy(here, best);
        best_margin = margin;
        if (flipped) best_cost = cost;
      }
      if (step == steps || !going) return best_margin;
      const T c = sum([=](std::int64_t k) { return g[k] * here[k]; }) - aim - margin;
      const HalfSpaceBlock<T> row(g, low, high, s, l1, l2);
      std::uint8_t ignored = kSolved;
      const T nu = row.multiplier(c, &ignored);
      each([=](std::int64_t k) {
        const T by = row.step_at(k, nu);
        wanted[k] = g[k] > T(0) ? -by : by;
      });
      if (sum([=](std::int64_t k) { return T(here[k] != wanted[k]); }) == T(0)) return best_margin;
      go(here, wanted, share_of(step), here);
    }
  }

  // Full steps may jump to and fro over the border of two linear pieces; shorter and shorter ones end such cycles.
  __device__ static T share_of(std::int64_t step) {
    if (step < kFullSteps) return T(1);
    T share = T(0.7);
    for (std::int64_t k = kFullSteps; k < step; ++k) share *= T(0.9);
    return share > T(0.2) ? share : T(0.2);
  }

  // Downhill from `here` to where the order flips, and on the last stretch back to just after it. Returns the margin there.
  __device__ T nearest_flip() const {
    T margin = 0;
    for (int round = 0; round < kMostRounds; ++round) {
      const T now = slope_at(here);
      each([=](std::int64_t k) { corner[k] = g[k] > 0 ? low[k] : g[k] < 0 ? high[k] : here[k]; });
      T chosen = 0;
      margin = now;
      for (int turn = 0; turn < kTurns; ++turn) {
        const T share = T(share_at(turn));
        go(here, corner, share, there);
        const T reached = margin_at(there);
        if (reached < margin) margin = reached, chosen = share;
      }
      copy(here, last);
      go(here, corner, chosen, here);
      if (!(margin >= T(kFlipped) && margin < now - T(1e-3) * std::fabs(now))) break;
    }
    if (!(margin < T(kFlipped))) return margin;
    for (int turn = 0; turn < kHalvings; ++turn) {
      go(last, here, T(0.5), there);
      copy(there, margin_at(there) < T(kFlipped) ? here : last);
    }
    return margin_at(here);
  }

  __device__ T solve(std::int64_t steps) const {
    each([=](std::int64_t k) { here[k] = T(0); });
    T margin = linear_steps(steps);
    if (margin < T(kFlipped)) return margin;
    copy(best, here);
    margin = nearest_flip();
    if (margin < T(kFlipped)) return linear_steps(kStepsFromAFlip);
    copy(here, best);
    return margin;
  }

  // The first of the largest of `wanted`.
  __device__ std::int64_t place_of_largest() const {
    T most = T(-INFINITY);
    for (std::int64_t k = threadIdx.x; k < s; k += kThreads) most = wanted[k] > most ? wanted[k] : most;
    most = over_block(most, Largest());
    std::int64_t first = s;
    for (std::int64_t k = threadIdx.x; k < s && first == s; k += kThreads) first = wanted[k] == most ? k : s;
    first = over_block(first, Smallest());
    return first < s ? first : 0;
  }

  __device__ T changes() const {
    return sum([=](std::int64_t k) { return T(best[k] != T(0)); });
  }

  // Whether the order stays flipped without the change of feature k; `best` and its margin are then without it.
  __device__ bool without(std::int64_t k, T* best_margin) const {
    const T back = best[k];
    __syncthreads();
    if (back == T(0)) return false;
    if (threadIdx.x == 0) best[k] = T(0);
    __syncthreads();
    const T margin = margin_at(best);
    if (margin < T(kFlipped)) {
      *best_margin = margin;
      return true;
    }
    if (threadIdx.x == 0) best[k] = back;
    __syncthreads();
    return false;
  }

  // Puts single features back while the order stays flipped, the largest saving of cost first, until none can be; of those that
  // save alike, the one that does least. Returns the margin.
  __device__ T prune(T best_margin) const {
    if (changes() < T(2) || !(best_margin < T(kFlipped))) return best_margin;
    slope_at(best);
    T own = T(1e-30);
    for (std::int64_t k = threadIdx.x; k < s; k += kThreads) {
      const T by = -g[k] * best[k];
      lost[k] = by > T(0) ? by : T(0);
      own = lost[k] > own ? lost[k] : own;
    }
    const T most = over_block(own, Largest());
    for (bool changed = true; changed && changes() > T(1);) {
      changed = false;
      each([=](std::int64_t k) {
        const T size = std::fabs(best[k]);
        wanted[k] = (l1 * size + l2 * size * size) * (T(1) - T(1e-3) * (lost[k] / most));
      });
      for (std::int64_t place = 0; place < s; ++place) {
        const std::int64_t k = place_of_largest();
        if (threadIdx.x == 0) wanted[k] = T(-1);
        changed |= without(k, &best_margin);
      }
    }
    return best_margin;
  }
};

}  // namespace pyexplain::cuda
