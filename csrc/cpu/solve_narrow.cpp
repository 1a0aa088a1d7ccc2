#include <algorithm>
#include <vector>

#include "counterfactual.hpp"
#include "narrow_row.hpp"

namespace pyexplain::cpu {
namespace {

constexpr int64_t kArrays = 7;  // of NarrowRow: g to lost

PX_CLONES void work(const NarrowRow<float>& p) { solve_and_prune(p); }
PX_CLONES void work(const NarrowRow<double>& p) { solve_and_prune(p); }

// Row r of m, solved in the given room.
template <typename T>
void solve_row(const SolveNarrow<T>& a, int64_t r, T* room, int64_t most) {
  const Chosen& of = a.chosen;
  const int64_t from = of.offsets[r], s = of.offsets[r + 1] - from, row = of.rows[r];
  T *hidden = room, *first = hidden + a.w;
  const NarrowRow<T> p{a.start + row * a.w,
                       a.images + (from - of.offsets[0]) * a.w,
                       a.readout,
                       a.low + from,
                       a.high + from,
                       s,
                       a.w,
                       a.steps,
                       a.l1,
                       a.l2,
                       a.gamma,
                       hidden,
                       first,
                       first + most,
                       first + 2 * most,
                       first + 3 * most,
                       first + 4 * most,
                       first + 5 * most,
                       first + 6 * most,
                       a.delta + from,
                       a.margin + r};
  work(p);
}

template <typename T>
PX_INLINE void input(const T* gate, const T* feature, int64_t k, T* x) {
  PX_SIMD for (int64_t c = 0; c < k; ++c) x[c] = gate[c] * feature[c];
}

template <typename T>
PX_INLINE void inputs_of(const SolveNarrowInputs<T>& a, int64_t r) {
  const Chosen& of = a.chosen;
  const T *one = a.gate_one + of.rows[r] * a.k, *two = a.gate_two + of.rows[r] * a.k;
  for (int64_t e = of.offsets[r]; e < of.offsets[r + 1]; ++e) {
    const T* feature = a.feature_map + of.columns[e] * a.k;
    T* x = a.x + (e - of.offsets[0]) * 2 * a.k;
    input(one, feature, a.k, x);
    input(two, feature, a.k, x + a.k);
  }
}

PX_CLONES void inputs_row(const SolveNarrowInputs<float>& a, int64_t r) { inputs_of(a, r); }
PX_CLONES void inputs_row(const SolveNarrowInputs<double>& a, int64_t r) { inputs_of(a, r); }

int64_t entries(const Chosen& a) { return a.m ? a.offsets[a.m] - a.offsets[0] : 0; }

}  // namespace

template <typename T>
void solve_narrow_inputs(const SolveNarrowInputs<T>& a) {
#pragma omp parallel for schedule(static) if (entries(a.chosen) * a.k > kWorthThreads)
  for (int64_t r = 0; r < a.chosen.m; ++r) inputs_row(a, r);
}

template <typename T>
void solve_narrow(const SolveNarrow<T>& a) {
#pragma omp parallel if (entries(a.chosen) * a.w > kWorthThreads)
  {
    std::vector<T> room(a.w + kArrays * a.widest);
#pragma omp for schedule(dynamic, 4)
    for (int64_t r = 0; r < a.chosen.m; ++r) solve_row(a, r, room.data(), a.widest);
  }
}

template void solve_narrow_inputs(const SolveNarrowInputs<float>&);
template void solve_narrow_inputs(const SolveNarrowInputs<double>&);
template void solve_narrow(const SolveNarrow<float>&);
template void solve_narrow(const SolveNarrow<double>&);

}  // namespace pyexplain::cpu
