// Which few of a row's entries pull hardest, by a block; the search of cpu/working_set.cpp.
#pragma once

#include "launch.cuh"

namespace pyexplain::cuda {

// Entries that a row has to choose from: what each pulls and how far it may go downhill. pull: room to work in, 0 and below for
// what cannot be chosen (any more).
template <typename T>
struct Offered {
  const T *gradient, *low, *high;
  std::int64_t n;
  T* pull;

  __device__ T room_at(std::int64_t e) const { return gradient[e] > T(0) ? -low[e] : high[e]; }

  __device__ void begin() const {
    for (std::int64_t e = threadIdx.x; e < n; e += kThreads) pull[e] = room_at(e) > T(0) ? std::fabs(gradient[e]) : T(0);
    __syncthreads();
  }

  // The first of the entries that pull hardest, or n where none pulls; the same in every thread.
  __device__ std::int64_t hardest() const {
    T most = 0;
    std::int64_t first = n;
    for (std::int64_t e = threadIdx.x; e < n; e += kThreads) {
      if (!(pull[e] > most)) continue;
      most = pull[e];
      first = e;
    }
    const T all = over_block(most, Largest());
    if (!(all > T(0))) return n;
    return over_block(most == all ? first : n, Smallest());
  }

  // take(number, entry) by one thread for each that is chosen, the hardest first: at least `least`, and so many that to first
  // order they bring `wanted`; at most `widest`. Returns how many.
  template <typename Take>
  __device__ std::int64_t choose(std::int64_t least, std::int64_t widest, double wanted, Take take) const {
    begin();
    double brought = 0;
    std::int64_t count = 0;
    while (count < widest && (count < least || brought < wanted)) {
      const std::int64_t e = hardest();
      if (e == n) break;
      brought += static_cast<double>(std::fabs(gradient[e])) * static_cast<double>(room_at(e));
      if (threadIdx.x == 0) {
        pull[e] = T(-1);
        take(count, e);
      }
      ++count;
      __syncthreads();
    }
    return count;
  }
};

}  // namespace pyexplain::cuda
