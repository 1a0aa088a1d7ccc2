// Attention over the features of sparse rows, and the way back; paper, equations (2) and (3):
//
//   z_r = sum over the entries (k, f) of row r of  a_rk f w_k,    a_r = softmax over k of q_r . w_k
//
// The softmax runs over all features, and is then handed in (spread), or over those that the row has a value of.
#pragma once

#include <cmath>

#include "sparse.hpp"

namespace pyexplain {

template <typename T>
struct Attention {
  const T *queries, *words;  // q [n, d], w [P, d]
  SparseRows<T> rows;        // f, n rows over P
  const T* spread;           // a [n, P], or null: softmax over each row's own features
  std::int64_t n, d, n_words;
  T *shares, *sums;  // a of each entry; z [n, d]; written forward, shares read backward
  PX_FIELDS(queries, words, rows, spread, n, d, n_words, shares, sums)
};

// With t_k = f_k (w_k . grad z) and m = sum_k a_k t_k, the gradient of an energy is a_k (t_k - m). Under a softmax over all
// features the part -a_k m, which every feature has, is left to the caller: dense products do it.
template <typename T>
struct AttentionBackward {
  Attention<T> forward;
  const T* grad;                   // of z, [n, d]
  RowGroups words;                 // of entries, by feature
  const std::int64_t* entry_rows;  // the row of each entry
  T *slopes, *means;               // a_k (t_k - m), or a_k t_k, of each entry; m [n]
  T *grad_queries, *grad_words;    // [n, d], [words.n, d]
  PX_FIELDS(forward, grad, words, entry_rows, slopes, means, grad_queries, grad_words)
};

namespace cpu {
template <typename T>
void attention(const Attention<T>&);
template <typename T>
void attention_backward(const AttentionBackward<T>&);
}  // namespace cpu

}  // namespace pyexplain
