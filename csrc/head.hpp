// The head and its surroundings: what goes in, of pairs whose encodings are at hand, and its dropout; scores, the loss of their
// differences, and the way back.
#pragma once

#include <cmath>

#include "portable.hpp"

namespace pyexplain {

// Dropout whose draws are a function of a seed and a place alone: nothing is stored between the way there and the way back, and
// neither threads nor the order of work matter.
template <typename T>
struct Dropout {
  T* x;  // [n], changed in place
  std::int64_t n;
  std::int64_t first;            // the place of x[0] in the draws
  std::int64_t seed, threshold;  // an entry is kept where its 32 bits reach the threshold
  T scale;                       // what a kept entry is multiplied by
  PX_FIELDS(x, n, first, seed, threshold, scale)
};

// Dropout of a batch's terms in one go: x has the rows of the preferred items of all terms, then those of the others; a term's
// draws run from its seed through its own rows, those of preferred items first.
template <typename T>
struct DropoutTerms {
  T* x;                              // [2n, width], changed in place
  const std::int64_t *seeds, *ends;  // [terms], on the host whatever the device; ends: the row behind each term, the last n
  const std::int64_t* there;         // [terms], or null: seeds that lie where x does, in place of the others
  std::int64_t terms, width, threshold;
  T scale;
  PX_FIELDS(x, seeds, ends, there, terms, width, threshold, scale)
};

// 32 bits for a place: the finaliser of MurmurHash3 (Appleby, public domain) over two words of seed.
PX_INLINE std::uint32_t dropout_bits(std::uint32_t place, std::uint32_t low, std::uint32_t high) {
  std::uint32_t h = place * 0x9E3779B1u + low;
  h ^= h >> 16;
  h *= 0x85EBCA6Bu;
  h ^= high;
  h ^= h >> 13;
  h *= 0xC2B2AE35u;
  return h ^ (h >> 16);
}

PX_INLINE std::uint32_t dropout_bits_of(std::int64_t place, std::int64_t seed) {
  const auto whole = static_cast<std::uint64_t>(seed);
  return dropout_bits(static_cast<std::uint32_t>(place), static_cast<std::uint32_t>(whole),
                      static_cast<std::uint32_t>(whole >> 32));
}

// What becomes of x at place i.
template <typename T>
PX_INLINE T dropped(const Dropout<T>& a, std::int64_t i, T x) {
  return dropout_bits_of(a.first + i, a.seed) >= static_cast<std::uint32_t>(a.threshold) ? x * a.scale : T(0);
}

template <typename T>
PX_INLINE void drop(const Dropout<T>& a, std::int64_t i) {
  a.x[i] = dropped(a, i, a.x[i]);
}

// What a pair's head reads when all encodings are at hand: x = (e_u * e_i) concat (z_u * z_i), row by row.
template <typename T>
struct PairProducts {
  const T *user_table, *item_table, *user_latents, *item_latents;  // [U, d], [I, d], [U, k], [I, k]
  const std::int64_t *users, *items;                               // [n]
  std::int64_t n, d, k, n_users, n_items;
  T* x;  // [n, d + k]
  PX_FIELDS(user_table, item_table, user_latents, item_latents, users, items, n, d, k, n_users, n_items, x)
};

// What surrounds the head's matrix products: w2 . relu(a + b1) + b2 for rows a = W1 x, and the way back. On the GPU torch does
// this.
template <typename T>
struct HeadScores {
  T* hidden;              // [n, h]: a on the way in; on the way out relu(a + b1) if `keep`, otherwise still a
  const T *b1, *w2, *b2;  // [h], [h], [1]
  T* scores;              // [n]
  std::int64_t n, h;
  bool keep;  // for the way back
  PX_FIELDS(hidden, b1, w2, b2, scores, n, h, keep)
};

template <typename T>
struct HeadGradients {
  T* hidden;             // [n, h]: relu(a + b1) on the way in, the gradient of a on the way out
  const T *grad, *w2;    // [n], [h]
  T *grad_w2, *grad_b1;  // [h]
  T* grad_b2;            // [1]: the sum of grad, on a GPU; on the processor torch makes it
  std::int64_t n, h;
  PX_FIELDS(hidden, grad, w2, grad_w2, grad_b1, grad_b2, n, h)
};

// Bayesian personalised ranking (Rendle et al., 2009): weight * -log sigmoid(sign * (R(u, i) - R(u, j))), and its slope.
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
void pair_products(const PairProducts<T>&);
template <typename T>
void dropout(const Dropout<T>&);
template <typename T>
void dropout_terms(const DropoutTerms<T>&);
template <typename T>
void head_scores(const HeadScores<T>&);
template <typename T>
void head_gradients(const HeadGradients<T>&);
template <typename T>
void bpr_loss(const BprLoss<T>&);
}  // namespace cpu

namespace cuda {
template <typename T>
void pair_products(const PairProducts<T>&, void* stream);
template <typename T>
void dropout(const Dropout<T>&, void* stream);
template <typename T>
void dropout_terms(const DropoutTerms<T>&, void* stream);
template <typename T>
void head_scores(const HeadScores<T>&, void* stream);
template <typename T>
void head_gradients(const HeadGradients<T>&, void* stream);
template <typename T>
void bpr_loss(const BprLoss<T>&, void* stream);
}  // namespace cuda

}  // namespace pyexplain
