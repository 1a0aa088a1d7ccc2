#include "../head.hpp"
#include "launch.cuh"

namespace pyexplain::cuda {
namespace {

// A pair a block. A number that is none of a row is not read: to look for such ones first would be to wait; its pair's are NaN.
template <typename T>
__global__ void pairs(PairProducts<T> a) {
  const std::int64_t u = a.users[blockIdx.x], i = a.items[blockIdx.x];
  const bool there = u >= 0 && u < a.n_users && i >= 0 && i < a.n_items;
  T* x = a.x + blockIdx.x * (a.d + a.k);
  for (std::int64_t c = threadIdx.x; c < a.d; c += kThreads)
    x[c] = there ? a.user_table[u * a.d + c] * a.item_table[i * a.d + c] : T(NAN);
  for (std::int64_t c = threadIdx.x; c < a.k; c += kThreads)
    x[a.d + c] = there ? a.user_latents[u * a.k + c] * a.item_latents[i * a.k + c] : T(NAN);
}

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

constexpr int kUnits = 8, kShares = kThreads / kUnits;  // neighbouring units of a block, and rows that it reads at once
constexpr int kRows = 8;                                // rows of a thread that are on their way before it waits for the first

// The shares' sums are added in their order. One block more adds up what goes to b2.
template <typename T>
__global__ void gradients(HeadGradients<T> a) {
  __shared__ T to_w2[kShares][kUnits], to_b1[kShares][kUnits];
  const int share = threadIdx.x / kUnits, unit = threadIdx.x % kUnits;
  const std::int64_t c = static_cast<std::int64_t>(blockIdx.x) * kUnits + unit;
  if (static_cast<std::int64_t>(blockIdx.x) * kUnits >= a.h) return sum_of(a.grad, a.n, a.grad_b2);
  const T w2 = c < a.h ? a.w2[c] : T(0);
  T of_w2 = 0, of_b1 = 0;
  for (std::int64_t begin = share; begin < a.n && c < a.h; begin += kRows * kShares) {
    T g[kRows], out[kRows];
    PX_UNROLL for (int e = 0; e < kRows; ++e) {
      const std::int64_t r = begin + e * kShares;
      if (r >= a.n) break;
      g[e] = a.grad[r];
      out[e] = a.hidden[r * a.h + c];
    }
    PX_UNROLL for (int e = 0; e < kRows; ++e) {
      const std::int64_t r = begin + e * kShares;
      if (r >= a.n) break;
      const T back = out[e] > T(0) ? g[e] * w2 : T(0);
      of_w2 += g[e] * out[e];
      of_b1 += back;
      a.hidden[r * a.h + c] = back;
    }
  }
  to_w2[share][unit] = of_w2;
  to_b1[share][unit] = of_b1;
  __syncthreads();
  if (share > 0 || c >= a.h) return;
  for (int other = 1; other < kShares; ++other) {
    of_w2 += to_w2[other][unit];
    of_b1 += to_b1[other][unit];
  }
  a.grad_w2[c] = of_w2;
  a.grad_b1[c] = of_b1;
}

}  // namespace

template <typename T>
void pair_products(const PairProducts<T>& a, void* stream) {
  launch("pair_products", pairs<T>, a.n, stream, a);
}

template void pair_products(const PairProducts<float>&, void*);
template void pair_products(const PairProducts<double>&, void*);

template <typename T>
void head_scores(const HeadScores<T>& a, void* stream) {
  launch("head_scores", scores<T>, a.n, stream, a);
}

template <typename T>
void head_gradients(const HeadGradients<T>& a, void* stream) {
  launch("head_gradients", gradients<T>, (a.h + kUnits - 1) / kUnits + 1, stream, a);
}

template void head_scores(const HeadScores<float>&, void*);
template void head_scores(const HeadScores<double>&, void*);
template void head_gradients(const HeadGradients<float>&, void*);
template void head_gradients(const HeadGradients<double>&, void*);

}  // namespace pyexplain::cuda
