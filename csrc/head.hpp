// What surrounds the head's matrix products: w2 . relu(a + b1) + b2 for rows a = W1 x, and the way back. On the GPU torch does
// this.
#pragma once

#include "portable.hpp"

namespace pyexplain {

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

namespace cpu {
template <typename T>
void head_scores(const HeadScores<T>&);
template <typename T>
void head_gradients(const HeadGradients<T>&);
}  // namespace cpu

namespace cuda {
template <typename T>
void head_scores(const HeadScores<T>&, void* stream);
template <typename T>
void head_gradients(const HeadGradients<T>&, void* stream);
}  // namespace cuda

}  // namespace pyexplain
