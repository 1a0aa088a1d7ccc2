#include "sparse.hpp"

namespace pyexplain::cpu {
namespace {

using std::int64_t;

template <typename T>
PX_INLINE void sum(const GroupSums<T>& a, int64_t r) {
  T* out = a.sums + r * a.width;
  PX_SIMD for (int64_t c = 0; c < a.width; ++c) out[c] = T(0);
  for (int64_t at = a.groups.starts[r]; at < a.groups.starts[r + 1]; ++at) {
    const int64_t m = a.groups.order[at];
    const T* value = a.values + (a.value_rows ? a.value_rows[m] : m) * a.stride;
    const T weight = a.weights ? a.weights[m] : T(1);
    if (a.factors) {
      const T* factor = a.factors + (a.factor_rows ? a.factor_rows[m] : m) * a.width;
      PX_SIMD for (int64_t c = 0; c < a.width; ++c) out[c] += weight * value[c] * factor[c];
    } else {
      PX_SIMD for (int64_t c = 0; c < a.width; ++c) out[c] += weight * value[c];
    }
  }
}

PX_CLONES void sum_row(const GroupSums<float>& a, int64_t r) { sum(a, r); }
PX_CLONES void sum_row(const GroupSums<double>& a, int64_t r) { sum(a, r); }

}  // namespace

template <typename T>
void group_sums(const GroupSums<T>& a) {
#pragma omp parallel for schedule(dynamic, 16) if (a.groups.n * a.width > kWorthThreads)
  for (int64_t r = 0; r < a.groups.n; ++r) sum_row(a, r);
}

template void group_sums(const GroupSums<float>&);
template void group_sums(const GroupSums<double>&);

}  // namespace pyexplain::cpu
