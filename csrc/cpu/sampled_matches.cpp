#include <vector>

#include "sparse.hpp"

namespace pyexplain::cpu {
namespace {

using std::int64_t;

// dense: the row's weighted values, 0 elsewhere; again 0 everywhere behind it.
template <typename T>
PX_INLINE void products_of(const SampledMatches<T>& a, int64_t r, T* dense) {
  const int64_t first = a.rows.offsets[r], last = a.rows.offsets[r + 1];
  for (int64_t e = first; e < last; ++e) dense[a.rows.indices[e]] = a.weights[a.rows.indices[e]] * a.rows.values[e];
  for (int64_t cell = a.offsets[r]; cell < a.offsets[r + 1]; ++cell) {
    const int64_t begin = a.items.offsets[a.columns[cell]], end = a.items.offsets[a.columns[cell] + 1];
    T sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t e = begin; e < end; ++e) sum += dense[a.items.indices[e]] * a.items.values[e];
    a.out[cell] = sum;
  }
  for (int64_t e = first; e < last; ++e) dense[a.rows.indices[e]] = 0;
}

PX_CLONES void row_of(const SampledMatches<float>& a, int64_t r, float* dense) { products_of(a, r, dense); }
PX_CLONES void row_of(const SampledMatches<double>& a, int64_t r, double* dense) { products_of(a, r, dense); }

}  // namespace

template <typename T>
void sampled_matches(const SampledMatches<T>& a) {
  const bool many = a.n > 0 && a.offsets[a.n] * 64 > kWorthThreads;
#pragma omp parallel if (many)
  {
    std::vector<T> dense(static_cast<std::size_t>(a.width), T(0));
#pragma omp for schedule(static)
    for (int64_t r = 0; r < a.n; ++r) row_of(a, r, dense.data());
  }
}

template void sampled_matches(const SampledMatches<float>&);
template void sampled_matches(const SampledMatches<double>&);

}  // namespace pyexplain::cpu
