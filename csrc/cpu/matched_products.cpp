#include "sparse.hpp"

namespace pyexplain::cpu {
namespace {

using std::int64_t;

constexpr int64_t kWorthPairs = 2048;  // a pair takes some ten steps

}  // namespace

template <typename T>
void matched_products(const MatchedProducts<T>& a) {
#pragma omp parallel for schedule(static) if (a.n > kWorthPairs)
  for (int64_t n = 0; n < a.n; ++n) {
    T sum = 0;
    for_matches(a.one, a.one_chosen[n], a.two, a.two_chosen[n], [&](int64_t k, T x, T y) { sum += a.weights[k] * x * y; });
    a.out[n] = sum;
  }
}

// One thread adds them up, in the order of the pairs: several would write to one weight.
template <typename T>
void matched_slopes(const MatchedSlopes<T>& a) {
  for (int64_t n = 0; n < a.n; ++n) {
    const T slope = a.slopes[n];
    for_matches(a.one, a.one_chosen[n], a.two, a.two_chosen[n], [&](int64_t k, T x, T y) { a.gradient[k] += slope * x * y; });
  }
}

template void matched_products(const MatchedProducts<float>&);
template void matched_products(const MatchedProducts<double>&);
template void matched_slopes(const MatchedSlopes<float>&);
template void matched_slopes(const MatchedSlopes<double>&);

}  // namespace pyexplain::cpu
