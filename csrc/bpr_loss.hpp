// Bayesian personalised ranking (Rendle et al., 2009): weight * -log sigmoid(sign * (R(u, i) - R(u, j))), and its slope.
#pragma once

#include <cmath>

#include "portable.hpp"

namespace pyexplain {

template <typename T>
struct BprLoss {
  const T *positive, *negative;      // [n]
  const T *sign, *weight;            // [n], or null: all 1. A sign of -1 swaps the preference.
  T* loss;                           // [1], the mean
  T *grad_positive, *grad_negative;  // [n]
  T* terms;                          // [n], scratch: added in one order, whoever computed them
  std::int64_t n;
  PX_FIELDS(positive, negative, sign, weight, loss, grad_positive, grad_negative, terms, n)
};

// The term of one example; its gradients are written. exp is taken of nothing positive, so no margin is too large.
template <typename T>
PX_INLINE T bpr_term(const BprLoss<T>& a, std::int64_t b) {
  const T sign = a.sign ? a.sign[b] : T(1);
  const T weight = (a.weight ? a.weight[b] : T(1)) / static_cast<T>(a.n);
  const T margin = sign * (a.positive[b] - a.negative[b]);
  const bool wrong = margin < T(0);
  const T small = std::exp(wrong ? margin : -margin);
  const T slope = (wrong ? T(1) : small) / (T(1) + small);  // sigmoid(-margin)
  a.grad_positive[b] = -weight * sign * slope;
  a.grad_negative[b] = weight * sign * slope;
  return weight * (std::log1p(small) + (wrong ? -margin : T(0)));
}

namespace cpu {
template <typename T>
void bpr_loss(const BprLoss<T>&);
}  // namespace cpu

namespace cuda {
template <typename T>
void bpr_loss(const BprLoss<T>&, void* stream);
}  // namespace cuda

}  // namespace pyexplain
