#include "../head.hpp"
#include "launch.cuh"

namespace pyexplain::cuda {
namespace {

template <typename T>
__global__ void scores(HeadScores<T> a) {
  T* hidden = a.hidden + blockIdx.x * a.h;
  T sum = 0;
  for (std::int64_t c = threadIdx.x; c < a.h; c += kThreads) {
    const T in = hidden[c] + a.b1[c], out = in > T(0) ? in : T(0);
    sum += out * a.w2[c];
    if (a.keep) hidden[c] = out;
  }
  sum = over_block(sum, Sum());
  if (threadIdx.x == 0) a.scores[blockIdx.x] = *a.b2 + sum;
}

template <typename T>
__device__ void sum_of(const T* values, std::int64_t n, T* out) {
  T sum = 0;
  for (std::int64_t k = threadIdx.x; k < n; k += kThreads) sum += values[k];
  sum = over_block(sum, Sum());
  if (threadIdx.x == 0) *out = sum;
}

// 32 neighbouring units a block, a row a warp; the warps' sums are added in their order. One block more adds up what goes to b2.
template <typename T>
__global__ void gradients(HeadGradients<T> a) {
  constexpr int warps = kThreads / 32;
  __shared__ T to_w2[warps][32], to_b1[warps][32];
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const std::int64_t c = static_cast<std::int64_t>(blockIdx.x) * 32 + lane;
  if (static_cast<std::int64_t>(blockIdx.x) * 32 >= a.h) return sum_of(a.grad, a.n, a.grad_b2);
  T of_w2 = 0, of_b1 = 0;
  for (std::int64_t r = warp; r < a.n && c < a.h; r += warps) {
    const T g = a.grad[r], out = a.hidden[r * a.h + c], back = out > T(0) ? g * a.w2[c] : T(0);
    of_w2 += g * out;
    of_b1 += back;
    a.hidden[r * a.h + c] = back;
  }
  to_w2[warp][lane] = of_w2;
  to_b1[warp][lane] = of_b1;
  __syncthreads();
  if (warp > 0 || c >= a.h) return;
  for (int w = 1; w < warps; ++w) {
    of_w2 += to_w2[w][lane];
    of_b1 += to_b1[w][lane];
  }
  a.grad_w2[c] = of_w2;
  a.grad_b1[c] = of_b1;
}

}  // namespace

template <typename T>
void head_scores(const HeadScores<T>& a, void* stream) {
  launch("head_scores", scores<T>, a.n, stream, a);
}

template <typename T>
void head_gradients(const HeadGradients<T>& a, void* stream) {
  launch("head_gradients", gradients<T>, (a.h + 31) / 32 + 1, stream, a);
}

template void head_scores(const HeadScores<float>&, void*);
template void head_scores(const HeadScores<double>&, void*);
template void head_gradients(const HeadGradients<float>&, void*);
template void head_gradients(const HeadGradients<double>&, void*);

}  // namespace pyexplain::cuda
