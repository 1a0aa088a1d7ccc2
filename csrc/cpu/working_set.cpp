#include <algorithm>
#include <cmath>
#include <vector>

#include "counterfactual.hpp"

namespace pyexplain::cpu {
namespace {

using std::int64_t;
constexpr int64_t kAhead = 6;  // entries whose rows of `right` are on their way: one row of a large table costs many products

template <typename T>
PX_INLINE T slopes_of(const T* start, const T* readout, int64_t w, T* slopes) {
  T sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t c = 0; c < w; ++c) {
    const T in = start[c], slope = in > T(0) ? readout[c] : T(0);
    sum += in * slope;
    slopes[c] = slope;
  }
  return sum;
}

PX_CLONES float slopes_row(const float* s, const float* r, int64_t w, float* out) { return slopes_of(s, r, w, out); }
PX_CLONES double slopes_row(const double* s, const double* r, int64_t w, double* out) { return slopes_of(s, r, w, out); }

template <typename T>
PX_INLINE void products_of(const SampledProduct<T>& a, int64_t r) {
  const int64_t end = a.offsets[r + 1], all = a.offsets[a.n];
  for (int64_t e = a.offsets[r]; e < end; ++e) {
    if (e + kAhead < all) prefetch(a.right + a.columns[e + kAhead] * a.k, a.k);
    a.out[e] = dot(a.left + r * a.k, a.right + a.columns[e] * a.k, a.k);
  }
}

PX_CLONES void products_row(const SampledProduct<float>& a, int64_t r) { products_of(a, r); }
PX_CLONES void products_row(const SampledProduct<double>& a, int64_t r) { products_of(a, r); }

template <typename T>
PX_INLINE T room_at(const SteepestEntries<T>& a, int64_t e) {
  return a.gradient[e] > T(0) ? -a.low[e] : a.high[e];
}

template <typename T>
PX_INLINE void pulls_of(const SteepestEntries<T>& a, int64_t from, int64_t n, T* pulls) {
  PX_SIMD for (int64_t k = 0; k < n; ++k) { pulls[k] = room_at(a, from + k) > T(0) ? std::fabs(a.gradient[from + k]) : T(0); }
}

// The largest of them; comparing in blocks keeps the loop free of places.
template <typename T>
PX_INLINE T largest(const T* pulls, int64_t n) {
  T most = 0;
#pragma omp simd reduction(max : most)
  for (int64_t k = 0; k < n; ++k) most = pulls[k] > most ? pulls[k] : most;
  return most;
}

// The pull of each entry goes to `pulls`, and below 0 that of every one that is taken.
template <typename T>
PX_INLINE int64_t steepest_of(const SteepestEntries<T>& a, int64_t r, T* pulls, int64_t* out) {
  const int64_t from = a.offsets[r], n = a.offsets[r + 1] - from;
  pulls_of(a, from, n, pulls);
  double brought = 0;
  int64_t count = 0;
  while (count < a.widest && (count < a.least || brought < double(a.enough) * double(a.margin[r]))) {
    const T most = largest(pulls, n);
    if (!(most > T(0))) break;
    const int64_t k = std::find(pulls, pulls + n, most) - pulls;
    pulls[k] = T(-1);
    out[count++] = from + k;
    brought += double(most) * double(room_at(a, from + k));
  }
  return count;
}

PX_CLONES int64_t row_of(const SteepestEntries<float>& a, int64_t r, float* p, int64_t* out) { return steepest_of(a, r, p, out); }
PX_CLONES int64_t row_of(const SteepestEntries<double>& a, int64_t r, double* p, int64_t* out) {
  return steepest_of(a, r, p, out);
}

}  // namespace

template <typename T>
void hidden_slopes(const HiddenSlopes<T>& a) {
#pragma omp parallel for schedule(static) if (a.n * a.w > kWorthThreads)
  for (int64_t r = 0; r < a.n; ++r) a.margin[r] = slopes_row(a.start + r * a.w, a.readout, a.w, a.slopes + r * a.w);
}

template void hidden_slopes(const HiddenSlopes<float>&);
template void hidden_slopes(const HiddenSlopes<double>&);

template <typename T>
void sampled_product(const SampledProduct<T>& a) {
#pragma omp parallel for schedule(static) if (a.n > 0 && a.offsets[a.n] * a.k > kWorthThreads)
  for (int64_t r = 0; r < a.n; ++r) products_row(a, r);
}

template void sampled_product(const SampledProduct<float>&);
template void sampled_product(const SampledProduct<double>&);

template <typename T>
void steepest_entries(const SteepestEntries<T>& a) {
  int64_t most = 0;
  for (int64_t r = 0; r < a.m; ++r) most = std::max(most, a.offsets[r + 1] - a.offsets[r]);
#pragma omp parallel if (a.m > 0 && a.offsets[a.m] > kWorthThreads)
  {
    std::vector<T> pulls(most);
#pragma omp for schedule(static)
    for (int64_t r = 0; r < a.m; ++r) a.counts[r] = row_of(a, r, pulls.data(), a.places + r * a.widest);
  }
}

template void steepest_entries(const SteepestEntries<float>&);
template void steepest_entries(const SteepestEntries<double>&);

}  // namespace pyexplain::cpu
