#include "counterfactual.hpp"
#include "half_space_row.hpp"

namespace pyexplain::cpu {
namespace {

PX_CLONES std::uint8_t solve_row(const HalfSpaceRow<float>& row, float c, float* d, float* cost, float* multiplier) {
  return solve_half_space(row, c, d, cost, multiplier);
}
PX_CLONES std::uint8_t solve_row(const HalfSpaceRow<double>& row, double c, double* d, double* cost, double* multiplier) {
  return solve_half_space(row, c, d, cost, multiplier);
}

}  // namespace

template <typename T>
void counterfactual_step(const CounterfactualStep<T>& a) {
#pragma omp parallel for schedule(static) if (a.n * a.p > kWorthThreads)
  for (int64_t r = 0; r < a.n; ++r) {
    const int64_t at = r * a.p;
    const HalfSpaceRow<T> row{a.g + at, a.low + at, a.high + at, a.p, a.l1, a.l2, T(0.5) / a.l2};
    a.flag[r] = solve_row(row, a.c[r], a.d + at, a.cost + r, a.multiplier + r);
  }
}

template void counterfactual_step(const CounterfactualStep<float>&);
template void counterfactual_step(const CounterfactualStep<double>&);

}  // namespace pyexplain::cpu
