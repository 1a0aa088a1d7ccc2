#include "counterfactual.hpp"

namespace pyexplain::cpu {
namespace {

using std::int64_t;

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

}  // namespace

template <typename T>
void hidden_slopes(const HiddenSlopes<T>& a) {
#pragma omp parallel for schedule(static) if (a.n * a.w > kWorthThreads)
  for (int64_t r = 0; r < a.n; ++r) a.margin[r] = slopes_row(a.start + r * a.w, a.readout, a.w, a.slopes + r * a.w);
}

template void hidden_slopes(const HiddenSlopes<float>&);
template void hidden_slopes(const HiddenSlopes<double>&);

}  // namespace pyexplain::cpu
