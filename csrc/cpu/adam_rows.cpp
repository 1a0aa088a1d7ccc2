#include <algorithm>
#include <vector>

#include "adam.hpp"
#include "cpu/adam_kernels.hpp"

namespace pyexplain::cpu {
namespace {

// Steps at rest further back than this are rare, and are not shared between rows.
constexpr int64_t kShared = 1 << 16;

// b1^s and sqrt(b2)^s for s = 0 .. count; the corrections 1 / (1 - b1^t) and 1 / sqrt(1 - b2^t) for t = begin .. end.
struct Powers {
  std::vector<double> decay, root, bias, root_bias;
  int64_t begin;

  Powers(int64_t count, int64_t begin, int64_t end, double beta1, double beta2) : begin(begin) {
    const double log1 = std::log(beta1), log2 = std::log(beta2);
    for (int64_t s = 0; s <= count; ++s) {
      decay.push_back(s == 0 ? 1.0 : std::exp(static_cast<double>(s) * log1));
      root.push_back(std::exp(0.5 * static_cast<double>(s) * log2));
    }
    for (int64_t t = begin; t <= end; ++t) {
      bias.push_back(-1.0 / std::expm1(static_cast<double>(t) * log1));
      root_bias.push_back(1.0 / std::sqrt(-std::expm1(static_cast<double>(t) * log2)));
    }
  }
  double c(int64_t t0, int64_t s) const { return root[s] * root_bias[t0 + s - begin]; }
};

template <typename T>
PX_INLINE void fill_span(const Powers& powers, int64_t t0, int64_t from, int64_t to, double* weight, double* part,
                         Span<T>* span) {
  const double centre = 0.5 * (powers.c(t0, from) + powers.c(t0, to));
  const double *decay = powers.decay.data(), *root = powers.root.data();
  const double *bias = powers.bias.data() + (t0 - powers.begin), *root_bias = powers.root_bias.data() + (t0 - powers.begin);
  PX_SIMD for (int64_t s = from; s <= to; ++s) {
    weight[s - from] = decay[s] * bias[s];
    part[s - from] = 1.0 - root[s] * root_bias[s] / centre;
  }
  const int64_t n = to - from + 1;
  for (int j = 0; j < SeriesLength<T>::terms; ++j) {
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t s = 0; s < n; ++s) {
      sum += weight[s];
      weight[s] *= part[s];
    }
    span->moment[j] = static_cast<T>(sum);
  }
  span->centre = static_cast<T>(centre);
}

#define PX_CLONES_OF(T)                                                                                                          \
  PX_CLONES void span_of(const Powers& powers, int64_t t0, int64_t from, int64_t to, double* weight, double* part, Span<T>* s) { \
    fill_span(powers, t0, from, to, weight, part, s);                                                                            \
  }                                                                                                                              \
  PX_CLONES void row_of(const AdamStep<T>& step, const Plan<T>* plan, const Span<T>* spans, int64_t width, T* p, T* m, T* v,     \
                        const T* g) {                                                                                            \
    row(step, plan, spans, width, p, m, v, g);                                                                                   \
  }
PX_CLONES_OF(float)
PX_CLONES_OF(double)
#undef PX_CLONES_OF

template <typename T>
int64_t add_plan(const AdamRows<T>& a, int64_t t0, int64_t k, Plans<T>& to) {
  const int64_t count = steps_that_count<T>(k, a.beta1), first = static_cast<int64_t>(to.spans.size());
  for (int64_t from = 1; from <= count;) {
    from = span_end(t0, from, count, std::log(a.beta2)) + 1;
    to.spans.emplace_back();
  }
  const int64_t spans = static_cast<int64_t>(to.spans.size()) - first;
  to.plans.push_back({t0, k, first, spans, T(decayed(a.beta1, k)), T(decayed(a.beta2, k))});
  return static_cast<int64_t>(to.plans.size()) - 1;
}

// Which plan each row follows; rows that were last written at the same step share one. The spans are counted, not yet filled.
template <typename T>
void assign_plans(const AdamRows<T>& a, int64_t rest_end, Plans<T>& to) {
  std::vector<int64_t> shared;
  for (int64_t i = 0; i < a.n; ++i) {
    if (a.rows && a.rows[i] < 0) continue;
    const int64_t t0 = a.last_step[a.rows ? a.rows[i] : i], k = rest_end - t0;
    if (t0 <= 0 || k <= 0) continue;
    if (k < kShared) {
      if (k >= static_cast<int64_t>(shared.size())) shared.resize(static_cast<std::size_t>(2 * k), -1);
      if (shared[k] < 0) shared[k] = add_plan(a, t0, k, to);
      to.of_row[i] = shared[k];
    } else {
      to.of_row[i] = add_plan(a, t0, k, to);
    }
  }
}

template <typename T>
void fill(const AdamRows<T>& a, const Plan<T>& plan, const Powers& powers, std::vector<double>& scratch, Span<T>* spans) {
  const int64_t count = steps_that_count<T>(plan.k, a.beta1);
  scratch.resize(static_cast<std::size_t>(2 * count));
  for (int64_t from = 1, i = plan.first_span; from <= count; ++i) {
    const int64_t to = span_end(plan.t0, from, count, std::log(a.beta2));
    span_of(powers, plan.t0, from, to, scratch.data(), scratch.data() + count, spans + i);
    from = to + 1;
  }
}

template <typename T>
void fill_all(const AdamRows<T>& a, int64_t rest_end, Plans<T>& plans) {
  int64_t earliest = rest_end, longest = 0;
  for (const auto& plan : plans.plans) {
    longest = std::max(longest, steps_that_count<T>(plan.k, a.beta1));
    if (plan.k < kShared) earliest = std::min(earliest, plan.t0);
  }
  const Powers powers(longest, earliest, rest_end, a.beta1, a.beta2);
  const auto n = static_cast<int64_t>(plans.plans.size());
#pragma omp parallel if (n * longest > kWorthThreads)
  {
    std::vector<double> scratch;
#pragma omp for schedule(static)
    for (int64_t i = 0; i < n; ++i) {
      const Plan<T>& plan = plans.plans[i];
      if (plan.k < kShared) {
        fill(a, plan, powers, scratch, plans.spans.data());
      } else {
        const int64_t count = steps_that_count<T>(plan.k, a.beta1);
        fill(a, plan, Powers(count, plan.t0, plan.t0 + count, a.beta1, a.beta2), scratch, plans.spans.data());
      }
    }
  }
}

}  // namespace

template <typename T>
Plans<T> make_plans(const AdamRows<T>& a, int64_t rest_end) {
  Plans<T> plans;
  plans.of_row.assign(static_cast<std::size_t>(a.n), -1);
  plans.step = adam_step(a);
  assign_plans(a, rest_end, plans);
  if (!plans.plans.empty()) fill_all(a, rest_end, plans);
  return plans;
}

template <typename T>
void adam_rows(const AdamRows<T>& a) {
  const Plans<T> plans = make_plans(a, a.grads ? a.step - 1 : a.step);
#pragma omp parallel if (a.n * a.width > kWorthThreads)
  {
    const FlushDenormals guard;
#pragma omp for schedule(static)
    for (int64_t i = 0; i < a.n; ++i) {
      const Plan<T>* plan = plans.of(i);
      if ((!plan && !a.grads) || (a.rows && a.rows[i] < 0)) continue;  // never touched, or touched at this very step; none
      if (a.rows && i + 1 < a.n && a.rows[i + 1] >= 0) prefetch_row(a, i + 1, 0, a.width);
      const int64_t row = a.rows ? a.rows[i] : i, at = row * a.width;
      const T* g = a.grads ? a.grads + i * a.width : nullptr;
      row_of(plans.step, plan, plans.spans.data(), a.width, a.table + at, a.m + at, a.v + at, g);
      a.last_step[row] = a.step;
    }
  }
}

template Plans<float> make_plans(const AdamRows<float>&, int64_t);
template Plans<double> make_plans(const AdamRows<double>&, int64_t);
template void adam_rows(const AdamRows<float>&);
template void adam_rows(const AdamRows<double>&);

}  // namespace pyexplain::cpu
