#include "steepest_columns.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace pyexplain::cpu {
namespace {

using std::int64_t;

// The pull of each candidate goes to `pulls`, and below that of every one that is taken.
template <typename T>
int64_t steepest_of(const SteepestColumns<T>& a, int64_t r, T* pulls, int64_t* out) {
  const int64_t row = a.rows[r], from = a.offsets ? a.offsets[row] : 0;
  const int64_t n = a.offsets ? a.offsets[row + 1] - from : a.p;
  const auto feature = [&](int64_t e) { return a.offsets ? a.columns[from + e] : e; };
  const auto room = [&](int64_t at) { return a.gradient[at] > T(0) ? -a.low[at] : a.high[at]; };
  for (int64_t e = 0; e < n; ++e) {
    const int64_t at = row * a.p + feature(e);
    pulls[e] = room(at) > T(0) ? std::fabs(a.gradient[at]) : T(0);
  }
  T brought = 0;
  int64_t count = 0;
  while (count < a.widest && (count < a.least || brought < a.enough * a.margin[row])) {
    T* best = std::max_element(pulls, pulls + n);
    if (best == pulls + n || !(*best > T(0))) break;
    out[count++] = feature(best - pulls);
    brought += *best * room(row * a.p + out[count - 1]);
    *best = T(-1);
  }
  return count;
}

}  // namespace

template <typename T>
void steepest_columns(const SteepestColumns<T>& a) {
#pragma omp parallel if (a.m * a.p > kWorthThreads)
  {
    std::vector<T> pulls(a.p);
#pragma omp for schedule(static)
    for (int64_t r = 0; r < a.m; ++r) a.counts[r] = steepest_of(a, r, pulls.data(), a.numbers + r * a.widest);
  }
}

template void steepest_columns(const SteepestColumns<float>&);
template void steepest_columns(const SteepestColumns<double>&);

}  // namespace pyexplain::cpu
