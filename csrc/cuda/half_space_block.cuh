// The inner step of the counterfactual problem for one row, by a block or by one of its warps: what decides comes out of sums
// over them all, so that every thread goes the same way. The same search as on the processor (cpu/half_space_row.hpp), from the
// same start.
#pragma once

#include "../counterfactual.hpp"
#include "launch.cuh"

namespace pyexplain::cuda {

// Who works on a row: the entries of thread t are t, t + kWidth, and so on.
struct WholeBlock {
  static constexpr int kWidth = kThreads;

  template <typename T, typename Combine>
  static __device__ T over(T value, Combine combine) {
    return over_block(value, combine);
  }

  // Both sums with one exchange.
  template <typename T>
  static __device__ Gain<T> sums(Gain<T> own) {
    __shared__ T parts[2][kThreads / 32];
    own = {over_warp(own.value, Sum()), over_warp(own.slope, Sum())};
    if (threadIdx.x % 32 == 0) {
      parts[0][threadIdx.x / 32] = own.value;
      parts[1][threadIdx.x / 32] = own.slope;
    }
    __syncthreads();
    own = {parts[0][0], parts[1][0]};
    for (int w = 1; w < kThreads / 32; ++w) own = {own.value + parts[0][w], own.slope + parts[1][w]};
    __syncthreads();
    return own;
  }
};

struct OneWarp {
  static constexpr int kWidth = 32;

  template <typename T, typename Combine>
  static __device__ T over(T value, Combine combine) {
    return over_warp(value, combine);
  }

  template <typename T>
  static __device__ Gain<T> sums(Gain<T> own) {
    return {over_warp(own.value, Sum()), over_warp(own.slope, Sum())};
  }
};

// A row as it is given.
template <typename T>
struct BoxedRow {
  const T *g, *low, *high;

  __device__ T slope_at(std::int64_t k) const { return g[k]; }
  __device__ T room_at(std::int64_t k) const { return room_of(g[k], low[k], high[k]); }
};

// A row whose entries lie in shared memory, each written by the thread that reads it.
template <typename T>
struct HeldRow {
  const T *g, *room;

  __device__ T slope_at(std::int64_t k) const { return g[k]; }
  __device__ T room_at(std::int64_t k) const { return room[k]; }
};

template <typename T, typename Row = BoxedRow<T>, typename Group = WholeBlock>
struct HalfSpaceBlock {
  Row row;
  std::int64_t p;
  T l1, l2;

  __device__ T size_at(std::int64_t k) const { return std::fabs(row.slope_at(k)); }
  __device__ T room_at(std::int64_t k) const { return row.room_at(k); }
  __device__ T step_at(std::int64_t k, T nu) const { return step_of(nu, size_at(k), room_at(k), l1, T(0.5) / l2); }

  // work(k) for each entry of this thread.
  template <typename Work>
  static __device__ void each(std::int64_t p, Work work) {
    for (std::int64_t k = threadIdx.x % Group::kWidth; k < p; k += Group::kWidth) work(k);
  }

  __device__ Gain<T> gain_at(T nu) const {
    Gain<T> own = {0, 0};
    each(p, [&](std::int64_t k) {
      const T step = step_at(k, nu);
      own.value += size_at(k) * step;
      own.slope += bend_of(step, size_at(k), room_at(k));
    });
    own = Group::sums(own);
    return {own.value, own.slope * (T(0.5) / l2)};
  }

  __device__ T saturation() const {
    T nu = 0;
    each(p, [&](std::int64_t k) {
      const T own = saturation_of(size_at(k), room_at(k), l1, l2);
      nu = own > nu ? own : nu;
    });
    return Group::over(nu, Largest()) * T(1.0001);
  }

  // The multiplier for g . d <= c: 0 where c >= 0. Begins where the steepest entry alone would do.
  __device__ T multiplier(T c, std::uint8_t* flag) const {
    if (!(c < T(0))) return T(0);
    const T wanted = -c;
    T steepest = 0, most = 0;
    each(p, [&](std::int64_t k) {
      const T size = size_at(k), room = room_at(k);
      steepest = room > T(0) && size > steepest ? size : steepest;
      most += size * room;
    });
    steepest = Group::over(steepest, Largest());
    most = Group::over(most, Sum());
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
