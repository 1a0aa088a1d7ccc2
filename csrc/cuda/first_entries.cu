#include <cmath>

#include "../first_entries.hpp"
#include "launch.cuh"

namespace pyexplain::cuda {
namespace {

template <typename T>
struct RowOfScores {
  T* scores;
  std::int64_t width;

  __device__ std::int64_t strange() const {
    std::int64_t count = 0;
    for (std::int64_t c = threadIdx.x; c < width; c += kThreads) count += !(std::fabs(scores[c]) < T(INFINITY));
    return over_block(count, Sum());
  }

  // The column of the largest entry behind (last, after) in the order of the list; `width` where none is left. Both become its.
  __device__ std::int64_t next(T* last, std::int64_t* after) const {
    T most = T(-INFINITY);
    std::int64_t first = width;
    for (std::int64_t c = threadIdx.x; c < width; c += kThreads) {
      const T own = scores[c];
      if (!(own > most) || !(own < *last || (own == *last && c > *after))) continue;
      most = own;
      first = c;
    }
    const T all = over_block(most, Largest());
    *after = over_block(most == all ? first : width, Smallest());
    *last = all;
    return *after;
  }
};

// A row a block: it is read once for each of the few entries that are looked for, out of the cache after the first.
template <typename T>
__global__ void rows(FirstEntries<T> a) {
  const std::int64_t row = blockIdx.x;
  const RowOfScores<T> of{a.scores + row * a.width, a.width};
  const std::int64_t strange = of.strange();
  for (std::int64_t e = a.offsets[row] + threadIdx.x; e < a.offsets[row + 1]; e += kThreads)
    of.scores[a.columns[e]] = T(-INFINITY);
  __syncthreads();
  if (threadIdx.x == 0) a.strange[row] = strange;
  T last = T(INFINITY);
  std::int64_t after = -1;
  for (std::int64_t at = 0; at < a.k; ++at) {
    const std::int64_t column = after < a.width ? of.next(&last, &after) : after;
    if (threadIdx.x != 0) continue;
    a.places[row * a.k + at] = column < a.width ? column : -1;
    a.values[row * a.k + at] = column < a.width ? last : T(-INFINITY);
  }
}

}  // namespace

template <typename T>
void first_entries(const FirstEntries<T>& a, void* stream) {
  launch("first_entries", rows<T>, a.n, stream, a);
}

template void first_entries(const FirstEntries<float>&, void*);
template void first_entries(const FirstEntries<double>&, void*);

}  // namespace pyexplain::cuda
