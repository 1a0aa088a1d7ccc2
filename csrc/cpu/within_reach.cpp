#include "sparse.hpp"

namespace pyexplain::cpu {
namespace {

using std::int64_t;

constexpr int64_t kBlock = 64;  // columns that are looked at together: nearly always none of them reaches

// Calls each(i) for the columns of row r that reach.
template <typename T, typename Each>
PX_INLINE void for_reaching(const WithinReach<T>& a, int64_t r, const Each& each) {
  const T* scores = a.scores + a.chosen[r] * a.p;
  const T least = a.least[r], constant = a.constant[r];
  const int64_t first = a.lifts.offsets[r], last = a.lifts.offsets[r + 1];
  T lifted[kBlock];
  for (int64_t start = 0; start < a.p; start += kBlock) {
    const int64_t size = a.p - start < kBlock ? a.p - start : kBlock;
    PX_SIMD for (int64_t c = 0; c < size; ++c) lifted[c] = scores[start + c] + constant;
    for (int64_t e = first; e < last; ++e) {
      const T value = a.lifts.values[e];
      const T* row = a.table + a.lifts.indices[e] * a.p + start;
      PX_SIMD for (int64_t c = 0; c < size; ++c) lifted[c] += value * row[c];
    }
    int any = 0;
#pragma omp simd reduction(| : any)
    for (int64_t c = 0; c < size; ++c) any |= lifted[c] >= least;
    if (!any) continue;
    for (int64_t c = 0; c < size; ++c) {
      if (lifted[c] >= least) each(start + c);
    }
  }
}

template <typename T>
PX_INLINE void reach(const WithinReach<T>& a, int64_t r) {
  if (a.columns) {
    int64_t at = a.offsets[r];
    for_reaching(a, r, [&](int64_t i) PX_LAMBDA { a.columns[at++] = i; });
  } else {
    int64_t count = 0;
    for_reaching(a, r, [&](int64_t) PX_LAMBDA { ++count; });
    a.counts[r] = count;
  }
}

PX_CLONES void row_of(const WithinReach<float>& a, int64_t r) { reach(a, r); }
PX_CLONES void row_of(const WithinReach<double>& a, int64_t r) { reach(a, r); }

}  // namespace

template <typename T>
void within_reach(const WithinReach<T>& a) {
#pragma omp parallel for schedule(static) if (a.n * a.p > kWorthThreads)
  for (int64_t r = 0; r < a.n; ++r) row_of(a, r);
}

template void within_reach(const WithinReach<float>&);
template void within_reach(const WithinReach<double>&);

}  // namespace pyexplain::cpu
