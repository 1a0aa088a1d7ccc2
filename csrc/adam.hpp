// Adam (Kingma and Ba, 2015) on the rows that a batch touched, with the result of Adam on the whole table.
//
// A row at rest still moves: after its update at step t0 its moments decay, and at step t0 + s it misses
//
//   lr * m A_s / (c_s q + eps)    A_s = b1^s / (1 - b1^(t0+s)),  c_s = sqrt(b2^s / (1 - b2^(t0+s))),  q = sqrt(v).
//
// When it is touched again after k steps, the sum over s = 1..k is added. Terms fall off like b1^s, so a few hundred count. Over
// a span of s in which c_s varies by less than kSpread, write c_s = c (1 + e_s), r = c q / (c q + eps):
//
//   sum = m / (c q + eps) * sum_j r^j M_j,    M_j = sum_s A_s (-e_s)^j
//
// where 0 <= r <= 1 and |e_s| <= (kSpread - 1) / (kSpread + 1) = 1/9: the series converges for every q, however small next to
// eps, and its coefficients M_j depend on t0 and k alone, so a whole row shares them. Late in training one span holds all the
// terms.
#pragma once

#include <cmath>

#include "portable.hpp"

namespace pyexplain {

constexpr double kSpread = 1.25;

template <typename T>
struct SeriesLength;
template <>
struct SeriesLength<float> {
  static constexpr int terms = 8;              // (1/9)^8 = 2e-8
  static constexpr double negligible = 1e-10;  // b1^s below this is left out
};
template <>
struct SeriesLength<double> {
  static constexpr int terms = 16;  // (1/9)^16 = 5e-16
  static constexpr double negligible = 1e-18;
};

// One span of steps at rest.
template <typename T>
struct Span {
  T centre;                          // c
  T moment[SeriesLength<T>::terms];  // M_j
};

template <typename T>
struct AdamRows {
  T *table, *m, *v;          // [n_rows, width], in place
  std::int64_t* last_step;   // [n_rows]: the step after which a row's moments were last written; 0 = never
  const std::int64_t* rows;  // [n], each row once, or -1 for none; null = row r is r
  const T* grads;            // [n, width]; null = no gradient, only the steps at rest up to and including `step`
  std::int64_t n, width, step;
  double lr, beta1, beta2, eps;
  PX_FIELDS(table, m, v, last_step, rows, grads, n, width, step, lr, beta1, beta2, eps)
};

// The last s of the span that begins at `from`: where c has fallen by kSpread, or `last`.
PX_INLINE std::int64_t span_end(std::int64_t t0, std::int64_t from, std::int64_t last, double log_beta2) {
  const double y = std::exp(static_cast<double>(t0 + from) * log_beta2);  // c_s^2 is proportional to y / (1 - y)
  const double fallen = 1.0 / (kSpread * kSpread), odds = fallen * y / (1.0 - y);
  const double gone = y > 1e-12 ? std::log(odds / ((1.0 + odds) * y)) : std::log(fallen);
  const double end = static_cast<double>(from) + gone / log_beta2;
  if (!(end < static_cast<double>(last))) return last;
  return end > static_cast<double>(from) ? static_cast<std::int64_t>(end) : from;
}

// How many steps at rest count: all k, or until b1^s is negligible.
template <typename T>
PX_INLINE std::int64_t steps_that_count(std::int64_t k, double beta1) {
  if (beta1 <= 0) return 0;
  const double most = std::ceil(std::log(SeriesLength<T>::negligible) / std::log(beta1));
  return static_cast<double>(k) < most ? k : static_cast<std::int64_t>(most);
}

// What one element moved during a span, divided by -lr * m / (c q + eps), from r = c q / (c q + eps).
template <typename T>
PX_INLINE T series(const Span<T>& span, T r) {
  T sum = span.moment[SeriesLength<T>::terms - 1];
  PX_UNROLL for (int j = SeriesLength<T>::terms - 2; j >= 0; --j) sum = sum * r + span.moment[j];
  return sum;
}

// The scalars of one step.
template <typename T>
struct AdamStep {
  T lr, beta1, beta2, eps, step_size, inverse_root_bias2;
};

template <typename T>
PX_INLINE AdamStep<T> adam_step(const AdamRows<T>& a) {
  const double bias1 = -std::expm1(static_cast<double>(a.step) * std::log(a.beta1)), t = static_cast<double>(a.step);
  const double bias2 = -std::expm1(t * std::log(a.beta2));
  return {T(a.lr), T(a.beta1), T(a.beta2), T(a.eps), T(a.lr / bias1), T(1.0 / std::sqrt(bias2))};
}

// b1^k, as 0 where it could only lead to denormal numbers.
PX_INLINE double decayed(double beta, std::int64_t k) {
  const double left = std::pow(beta, static_cast<double>(k));
  return left < 1e-25 ? 0.0 : left;
}

// adam_rows for several tables in one go, which on a GPU is one launch.
template <typename T>
struct AdamTables {
  const std::int64_t* each;  // [tables, 9], on the host whatever the device: table, m, v, last_step, rows and grads as addresses,
                             // then n, width and step; see AdamRows
  const double* now;         // [3] where the tables lie, or null: steps taken, which are added to each step of `each`; and of the
                             // one that follows them lr / (1 - b1^t) and 1 / sqrt(1 - b2^t)
  std::int64_t tables;
  double lr, beta1, beta2, eps;
  PX_FIELDS(each, now, tables, lr, beta1, beta2, eps)
};

// The number-th table's.
template <typename T>
inline AdamRows<T> rows_of(const AdamTables<T>& a, std::int64_t number) {
  const std::int64_t* at = a.each + 9 * number;
  const auto floats = [at](int field) { return reinterpret_cast<T*>(at[field]); };
  return {floats(0),
          floats(1),
          floats(2),
          reinterpret_cast<std::int64_t*>(at[3]),
          reinterpret_cast<const std::int64_t*>(at[4]),
          floats(5),
          at[6],
          at[7],
          at[8],
          a.lr,
          a.beta1,
          a.beta2,
          a.eps};
}

namespace cpu {
template <typename T>
void adam_rows(const AdamRows<T>&);
template <typename T>
void adam_tables(const AdamTables<T>&);
}  // namespace cpu

namespace cuda {
template <typename T>
void adam_rows(const AdamRows<T>&, void* stream);
template <typename T>
void adam_tables(const AdamTables<T>&, void* stream);
}  // namespace cuda

}  // namespace pyexplain
