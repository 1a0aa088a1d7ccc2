// The inner step of the counterfactual problem for one row, by a block: what decides comes out of sums over the block, so that
// every thread goes the same way. The same search as on the processor (cpu/half_space_row.hpp), from the same start.
#pragma once

#include "../counterfactual.hpp"
#include "launch.cuh"

namespace pyexplain::cuda {

template <typename T>
struct HalfSpaceBlock {
  const T *g, *low, *high;
  std::int64_t p;
  T l1, l2;

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

  // The multiplier for g . d <= c: 0 where c >= 0. Begins where the steepest entry alone would do.
  __device__ T multiplier(T c, std::uint8_t* flag) const {
    if (!(c < T(0))) return T(0);
    const T wanted = -c;
    T steepest = 0, most = 0;
    for (std::int64_t k = threadIdx.x; k < p; k += kThreads) {
      const T size = size_at(k), room = room_at(k);
      steepest = room > T(0) && size > steepest ? size : steepest;
      most += size * room;
    }
    steepest = over_block(steepest, Largest());
    most = over_block(most, Sum());
    if (!(most >= wanted)) {
      *flag = kInfeasible;
      return saturation();
    }
    T lower = 0, nu = (l1 + T(2) * l2 * wanted / steepest) / steepest, upper = nu;
    const Gain<T> first = gain_at(nu);
    if (first.value < wanted) {
      lower = nu;
      upper = saturation();
      if (!(upper > lower)) return lower;
    }
    const T newton = first.slope > T(0) ? nu + (wanted - first.value) / first.slope : lower;
    nu = newton > lower && newton < upper ? newton : T(0.5) * (lower + upper);
    return find_multiplier(wanted, lower, upper, nu, [this](T at) { return gain_at(at); });
  }
};

}  // namespace pyexplain::cuda
