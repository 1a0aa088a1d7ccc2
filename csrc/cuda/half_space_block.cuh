// The inner step of the counterfactual problem for one row, by a block or by one of its warps: what decides comes out of sums
// over them all, so that every thread goes the same way. The same search as on the processor (cpu/half_space_row.hpp), from the
// same start.
#pragma once

#include "../counterfactual.hpp"
#include "row_group.cuh"

namespace pyexplain::cuda {

// What a row has to offer: the steepest slope of an entry that has room, and the most that all of them bring.
template <typename T>
struct Offer {
  T steepest, most;
};

// The search of a row, which says how it adds up: Row has offer(), gain_at(nu), saturation(), and the weights l1 and l2.
template <typename T, typename Row>
struct HalfSpaceSearch {
  // The multiplier for g . d <= c: 0 where c >= 0. Begins where the steepest entry alone would do.
  __device__ T multiplier(T c, std::uint8_t* flag) const {
    if (!(c < T(0))) return T(0);
    const Row& row = static_cast<const Row&>(*this);
    const T wanted = -c;
    const Offer<T> all = row.offer();
    if (!(all.most >= wanted)) {
      *flag = kInfeasible;
      return row.saturation();
    }
    T lower = 0, nu = (row.l1 + T(2) * row.l2 * wanted / all.steepest) / all.steepest, upper = nu;
    const Gain<T> first = row.gain_at(nu);
    if (first.value < wanted) {
      lower = nu;
      upper = row.saturation();
      if (!(upper > lower)) return lower;
    }
    const T newton = first.slope > T(0) ? nu + (wanted - first.value) / first.slope : lower;
    nu = newton > lower && newton < upper ? newton : T(0.5) * (lower + upper);
    return find_multiplier(wanted, lower, upper, nu, [&row](T at) { return row.gain_at(at); });
  }
};

// A row as it is given, read again by each search, of a whole block.
template <typename T>
struct HalfSpaceBlock : HalfSpaceSearch<T, HalfSpaceBlock<T>> {
  const T *g, *low, *high;
  std::int64_t p;
  T l1, l2;

  __device__ HalfSpaceBlock(const T* g, const T* low, const T* high, std::int64_t p, T l1, T l2)
      : g(g), low(low), high(high), p(p), l1(l1), l2(l2) {}

  __device__ T size_at(std::int64_t k) const { return std::fabs(g[k]); }
  __device__ T room_at(std::int64_t k) const { return room_of(g[k], low[k], high[k]); }
  __device__ T step_at(std::int64_t k, T nu) const { return step_of(nu, size_at(k), room_at(k), l1, T(0.5) / l2); }

  __device__ Gain<T> gain_at(T nu) const {
    T value = 0, bend = 0;
    for (std::int64_t k = threadIdx.x; k < p; k += kThreads) {
      const T step = step_at(k, nu);
      value += size_at(k) * step;
      bend += bend_of(step, size_at(k), room_at(k));
    }
    value = over_block(value, Sum());
    return {value, over_block(bend, Sum()) * (T(0.5) / l2)};
  }

  __device__ T saturation() const {
    T nu = 0;
    for (std::int64_t k = threadIdx.x; k < p; k += kThreads) {
      const T own = saturation_of(size_at(k), room_at(k), l1, l2);
      nu = own > nu ? own : nu;
    }
    return over_block(nu, Largest()) * T(1.0001);
  }

  __device__ Offer<T> offer() const {
    T steepest = 0, most = 0;
    for (std::int64_t k = threadIdx.x; k < p; k += kThreads) {
      const T size = size_at(k), room = room_at(k);
      steepest = room > T(0) && size > steepest ? size : steepest;
      most += size * room;
    }
    steepest = over_block(steepest, Largest());
    return {steepest, over_block(most, Sum())};
  }
};

}  // namespace pyexplain::cuda
