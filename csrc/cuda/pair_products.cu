#include "../pairs.hpp"
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

}  // namespace

template <typename T>
void pair_products(const PairProducts<T>& a, void* stream) {
  launch("pair_products", pairs<T>, a.n, stream, a);
}

template void pair_products(const PairProducts<float>&, void*);
template void pair_products(const PairProducts<double>&, void*);

}  // namespace pyexplain::cuda
