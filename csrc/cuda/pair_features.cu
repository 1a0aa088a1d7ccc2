#include "../pair_features.hpp"
#include "launch.cuh"

namespace pyexplain::cuda {
namespace {

// An example a block; neighbouring threads take neighbouring columns, so that rows are read in whole lines.
template <typename T>
__global__ void examples(PairFeatures<T> a) {
  const std::int64_t b = blockIdx.x, width = a.d + a.k, u = a.users[b], i = a.positives[b], j = a.negatives[b];
  T *to_positive = a.x + b * width, *to_negative = a.x + (a.B + b) * width;
  for (std::int64_t c = threadIdx.x; c < a.d; c += kThreads) {
    const T e_u = a.user_table[u * a.d + c];
    to_positive[c] = e_u * a.item_table[i * a.d + c];
    to_negative[c] = e_u * a.item_table[j * a.d + c];
  }
  for (std::int64_t c = threadIdx.x; c < a.k; c += kThreads) {
    const std::int64_t at = b * a.k + c, skip = a.B * a.k;
    const T shift = a.shift ? a.shift[at] : T(0);
    const T z_u = shift + mapped(a.user_rows, a.row_index[b], a.user_map, a.k, c);
    const T z_i = mapped(a.item_rows, i, a.item_map, a.k, c), z_j = mapped(a.item_rows, j, a.item_map, a.k, c);
    a.z[at] = z_u;
    a.z[skip + at] = z_i;
    a.z[2 * skip + at] = z_j;
    to_positive[a.d + c] = z_u * z_i;
    to_negative[a.d + c] = z_u * z_j;
  }
}

template <typename T>
__global__ void example_gradients(PairFeaturesBackward<T> a) {
  for (std::int64_t c = threadIdx.x; c < a.forward.k; c += kThreads) z_gradient(a, blockIdx.x, c);
}

// A touched row of a table: part(member, column) is what one example, or one entry, has for it.
template <typename T, typename Part>
__device__ void sum_group(const RowGroups& groups, std::int64_t group, std::int64_t width, T* out, Part part) {
  const std::int64_t begin = groups.starts[group], end = groups.starts[group + 1];
  for (std::int64_t c = threadIdx.x; c < width; c += kThreads) {
    T sum = 0;
    for (std::int64_t at = begin; at < end; ++at) sum += part(at, c);
    out[group * width + c] = sum;
  }
}

template <typename T>
__device__ void map_row(const RowGroups& groups, std::int64_t group, const T* weights, const T* grad_z, std::int64_t k, T* out) {
  sum_group(groups, group, k, out,
            [&](std::int64_t at, std::int64_t c) { return weights[at] * grad_z[groups.order[at] * k + c]; });
}

// A touched row a block, of the four tables one after the other; of words first, as some have many entries.
template <typename T>
__global__ void row_gradients(PairFeaturesBackward<T> a) {
  const std::int64_t k = a.forward.k, d = a.forward.d;
  std::int64_t group = blockIdx.x;
  if (group < a.user_features.n) return map_row(a.user_features, group, a.user_weights, a.grad_z, k, a.grad_user_map);
  group -= a.user_features.n;
  if (group < a.item_features.n) return map_row(a.item_features, group, a.item_weights, a.grad_z, k, a.grad_item_map);
  group -= a.item_features.n;
  if (group < a.items.n)
    return sum_group(a.items, group, d, a.grad_items,
                     [&](std::int64_t at, std::int64_t c) { return item_part(a, a.items.order[at], c); });
  group -= a.items.n;
  sum_group(a.users, group, d, a.grad_users, [&](std::int64_t at, std::int64_t c) { return user_part(a, a.users.order[at], c); });
}

}  // namespace

template <typename T>
void pair_features(const PairFeatures<T>& a, void* stream) {
  launch("pair_features", examples<T>, a.B, stream, a);
}

template <typename T>
void pair_features_backward(const PairFeaturesBackward<T>& a, void* stream) {
  const char* name = "pair_features_backward";
  launch(name, example_gradients<T>, a.forward.k > 0 ? a.forward.B : 0, stream, a);
  launch(name, row_gradients<T>, a.users.n + a.items.n + a.user_features.n + a.item_features.n, stream, a);
}

template void pair_features(const PairFeatures<float>&, void*);
template void pair_features(const PairFeatures<double>&, void*);
template void pair_features_backward(const PairFeaturesBackward<float>&, void*);
template void pair_features_backward(const PairFeaturesBackward<double>&, void*);

}  // namespace pyexplain::cuda
