// One row of solve_widening by a block.
#pragma once

#include "../solve_widening.hpp"
#include "choose_block.cuh"
#include "image_block.cuh"
#include "narrow_block.cuh"

namespace pyexplain::cuda {

template <typename T>
struct WideningBlock {
  const SolveWidening<T>& a;
  std::int64_t row, w, kept = -1;
  T best;
  T *images, *low, *high, *kept_delta, *pull, *gradient, *offered_low, *offered_high;  // in the block's memory
  std::int64_t *columns, *kept_columns;

  // In `numbers`, of each block.
  static PX_INLINE std::int64_t numbers_of(const SolveWidening<T>& a) { return a.widest * (2 * a.h + 3) + 4 * a.offered; }
  static std::int64_t shared_numbers(const SolveWidening<T>& a) {
    return 2 * a.h + NarrowBlock<T>::arrays * a.widest + ImageBlock<T>::shared_numbers(a.k);
  }

  __device__ WideningBlock(const SolveWidening<T>& problem, std::int64_t number) : a(problem), row(number), w(2 * problem.h) {
    T* at = a.numbers + blockIdx.x * numbers_of(a);
    const auto next = [&at](std::int64_t n) {
      T* here = at;
      at += n;
      return here;
    };
    images = next(a.widest * w);
    low = next(a.widest);
    high = next(a.widest);
    kept_delta = next(a.widest);
    pull = next(a.offered);
    gradient = next(a.offered);
    offered_low = next(a.offered);
    offered_high = next(a.offered);
    columns = a.places + blockIdx.x * 2 * a.widest;
    kept_columns = columns + a.widest;
    const T value = a.value[row];
    best = !a.first ? a.margin[row] : value < T(0) ? T(-INFINITY) : value;
  }

  __device__ bool open() const { return best >= T(kFlipped); }

  __device__ void run() {
    const bool few = a.stage % 2 == 0, own = a.stage < 2;
    std::int64_t tried = few ? 0 : a.tried[row];
    __syncthreads();  // all have read what one thread writes below
    const Offered<T> of = !open() ? Offered<T>{} : own ? own_entries() : all_entries();
    for (int turn = 0; open() && turn < (few ? 2 : 1); ++turn) {
      const std::int64_t s = !few && (own || of.n <= a.many) ? every_one(of, own) : hardest_of(of, own, turn);
      if (s <= tried) break;
      attempt(s);
      if (few && turn == 0) tried = s;
    }
    if (threadIdx.x == 0) write(tried);
  }

  // How far a feature may move of which the user has so much.
  __device__ void box(std::int64_t e, T has) const {
    offered_low[e] = -has;
    offered_high[e] = a.most > has ? a.most - has : T(0);
  }

  __device__ Offered<T> own_entries() const {
    const std::int64_t from = a.own.offsets[row], n = a.own.offsets[row + 1] - from;
    for (std::int64_t e = threadIdx.x; e < n; e += kThreads) box(e, a.own.values[from + e]);
    __syncthreads();
    return {a.gradient + from, offered_low, offered_high, n, pull};
  }

  __device__ std::int64_t column_of(std::int64_t place) const { return a.may ? a.may[place] : place; }

  // Where a feature stands among those that may change; n_may where it does not.
  __device__ std::int64_t place_of(std::int64_t column) const {
    if (!a.may) return column;
    std::int64_t from = 0, to = a.n_may;
    while (from < to) {
      const std::int64_t middle = (from + to) / 2;
      if (a.may[middle] < column)
        from = middle + 1;
      else
        to = middle;
    }
    return from < a.n_may && a.may[from] == column ? from : a.n_may;
  }

  __device__ Offered<T> all_entries() const {
    const T* slope = a.slope + row * a.k;
    for (std::int64_t e = threadIdx.x / 32; e < a.n_may; e += kThreads / 32) {
      const T* feature = a.feature_map + column_of(e) * a.k;
      T sum = 0;
      for (std::int64_t c = threadIdx.x % 32; c < a.k; c += 32) sum += slope[c] * feature[c];
      sum = over_warp(sum, Sum());
      if (threadIdx.x % 32 == 0) gradient[e] = sum;
    }
    for (std::int64_t e = threadIdx.x; e < a.n_may; e += kThreads) box(e, T(0));
    __syncthreads();
    for (std::int64_t at = a.has.offsets[row] + threadIdx.x; at < a.has.offsets[row + 1]; at += kThreads) {
      const std::int64_t e = place_of(a.has.indices[at]);
      if (e < a.n_may) box(e, a.has.values[at]);
    }
    __syncthreads();
    return {gradient, offered_low, offered_high, a.n_may, pull};
  }

  __device__ void take(const Offered<T>& of, bool own, std::int64_t number, std::int64_t e) const {
    columns[number] = own ? a.own.indices[a.own.offsets[row] + e] : column_of(e);
    low[number] = of.low[e];
    high[number] = of.high[e];
  }

  // As many as turn the margin around to first order, `few` in the second turn, or `many` in a stage of every one.
  __device__ std::int64_t hardest_of(const Offered<T>& of, bool own, int turn) const {
    const std::int64_t most = a.stage % 2 == 0 ? a.few : a.many, least = a.stage % 2 == 0 && turn == 0 ? a.least : most;
    if (turn > 0 && of.n <= most) return 0;  // that is the stage of every one
    return of.choose(least, most, static_cast<double>(a.enough) * static_cast<double>(a.value[row]),
                     [&](std::int64_t number, std::int64_t e) { take(of, own, number, e); });
  }

  __device__ std::int64_t every_one(const Offered<T>& of, bool own) const {
    for (std::int64_t e = threadIdx.x; e < of.n; e += kThreads) take(of, own, e, e);
    __syncthreads();
    return of.n;
  }

  // Solves within the first s of `columns`, and keeps what is better.
  __device__ void attempt(std::int64_t s) {
    T* beside = shared_room<T>() + w + NarrowBlock<T>::arrays * a.widest;
    ImageBlock<T>{a.gate_one + row * a.k, a.gate_two + row * a.k, a.feature_map, a.hidden_map, a.k, a.h, beside}.make(columns, s,
                                                                                                                      images);
    const auto p = NarrowBlock<T>::in_room(a, a.start + row * w, images, low, high, s, w);
    const T margin = p.prune(p.solve(a.steps));
    if (margin < best) {
      best = margin;
      kept = s;
      for (std::int64_t e = threadIdx.x; e < s; e += kThreads) {
        kept_delta[e] = p.best[e];
        kept_columns[e] = columns[e];
      }
    }
    __syncthreads();
  }

  // By one thread: a change has a handful of entries.
  __device__ void write(std::int64_t tried) const {
    a.margin[row] = best;
    a.tried[row] = tried;
    if (kept < 0) {
      if (a.first) a.begin[row] = a.counts[row] = 0;
      return;
    }
    std::int64_t changes = 0;
    for (std::int64_t e = 0; e < kept; ++e) changes += kept_delta[e] != T(0);
    std::int64_t at = taken(a.used, changes);
    a.begin[row] = at;
    a.counts[row] = changes;
    if (at + changes > a.room) return;
    for (std::int64_t e = 0; e < kept; ++e) {
      if (kept_delta[e] == T(0)) continue;
      a.columns[at] = kept_columns[e];
      a.delta[at++] = kept_delta[e];
    }
  }
};

}  // namespace pyexplain::cuda
