#include "../pairs.hpp"
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

constexpr std::int64_t kLong = 32;  // members from which on a group is shared out over blocks
constexpr int kColumns = 32, kShares = kThreads / kColumns;
constexpr int kAtOnce = 8;  // members that a warp waits for together

// A block of a launch of row gradients: a touched row, or some columns of a long one.
struct Place {
  const RowGroups& groups;
  std::int64_t entries, width, block;

  __device__ std::int64_t tiles() const { return (width + kColumns - 1) / kColumns; }
  __device__ std::int64_t blocks_for_long() const { return groups.n > 0 ? (entries + kLong - 1) / kLong * tiles() : 0; }

  // The group of the entry at a place of the order.
  __device__ std::int64_t group_at(std::int64_t place) const {
    std::int64_t from = 0, to = groups.n;
    while (to - from > 1) {
      const std::int64_t middle = (from + to) / 2;
      if (groups.starts[middle] <= place)
        from = middle;
      else
        to = middle;
    }
    return from;
  }
};

// A touched row of a table: part(member, column) is what one example, or one entry, has for it.
template <typename T, typename Part>
__device__ void sum_short(const Place& at, T* out, Part part) {
  const std::int64_t begin = at.groups.starts[at.block], end = at.groups.starts[at.block + 1];
  if (end - begin >= kLong) return;
  for (std::int64_t c = threadIdx.x; c < at.width; c += kThreads) {
    T sum = 0;
    for (std::int64_t m = begin; m < end; ++m) sum += part(m, c);
    out[at.block * at.width + c] = sum;
  }
}

// Some columns of a long group: it is the task of the first entry in it whose place is a multiple of kLong, so that nobody has to
// count long groups first. Its warps share out the members, each into a few sums, so that the next is not waited for before the
// last; all sums are added in one order.
template <typename T, typename Part>
__device__ void sum_long(const Place& at, T* out, Part part) {
  const std::int64_t place = at.block / at.tiles() * kLong, c = at.block % at.tiles() * kColumns + threadIdx.x % kColumns;
  if (place >= at.groups.starts[at.groups.n]) return;
  const std::int64_t group = at.group_at(place), begin = at.groups.starts[group], end = at.groups.starts[group + 1];
  if (end - begin < kLong || place - kLong >= begin) return;
  __shared__ T shares[kShares][kColumns];
  const int share = threadIdx.x / kColumns, lane = threadIdx.x % kColumns;
  T sums[kAtOnce] = {};
  std::int64_t m = begin + share;
  if (c < at.width) {
    for (; m + (kAtOnce - 1) * kShares < end; m += kAtOnce * kShares) {
      PX_UNROLL for (int v = 0; v < kAtOnce; ++v) sums[v] += part(m + v * kShares, c);
    }
    for (; m < end; m += kShares) sums[0] += part(m, c);
  }
  T sum = 0;
  PX_UNROLL for (int v = 0; v < kAtOnce; ++v) sum += sums[v];
  shares[share][lane] = sum;
  __syncthreads();
  if (share > 0 || c >= at.width) return;
  for (int other = 1; other < kShares; ++other) sum += shares[other][lane];
  out[group * at.width + c] = sum;
}

// Whether the block is one of these groups': then it is done, otherwise counted off.
template <typename T, typename Part>
__device__ bool did(Place at, std::int64_t* block, T* out, Part part) {
  at.block = *block;
  if (at.block < at.groups.n) {
    sum_short(at, out, part);
    return true;
  }
  at.block -= at.groups.n;
  if (at.block < at.blocks_for_long()) {
    sum_long(at, out, part);
    return true;
  }
  *block = at.block - at.blocks_for_long();
  return false;
}

// Of the four tables one after the other; of words first, as some have many entries.
template <typename T>
__global__ void row_gradients(PairFeaturesBackward<T> a) {
  const std::int64_t k = a.forward.k, d = a.forward.d;
  std::int64_t block = blockIdx.x;
  const auto of_map = [&](const RowGroups& groups, const T* weights) {
    return [&, weights](std::int64_t m, std::int64_t c) { return weights[m] * a.grad_z[groups.order[m] * k + c]; };
  };
  if (did({a.user_features, a.user_entries, k, 0}, &block, a.grad_user_map, of_map(a.user_features, a.user_weights))) return;
  if (did({a.item_features, a.item_entries, k, 0}, &block, a.grad_item_map, of_map(a.item_features, a.item_weights))) return;
  const auto of_item = [&](std::int64_t m, std::int64_t c) { return item_part(a, a.items.order[m], c); };
  if (did({a.items, 2 * a.forward.B, d, 0}, &block, a.grad_items, of_item)) return;
  did({a.users, a.forward.B, d, 0}, &block, a.grad_users,
      [&](std::int64_t m, std::int64_t c) { return user_part(a, a.users.order[m], c); });
}

std::int64_t blocks_of(const RowGroups& groups, std::int64_t entries, std::int64_t width) {
  return groups.n + (groups.n > 0 ? (entries + kLong - 1) / kLong * ((width + kColumns - 1) / kColumns) : 0);
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
  const std::int64_t k = a.forward.k, d = a.forward.d;
  const std::int64_t of_maps = blocks_of(a.user_features, a.user_entries, k) + blocks_of(a.item_features, a.item_entries, k);
  launch(name, row_gradients<T>, of_maps + blocks_of(a.items, 2 * a.forward.B, d) + blocks_of(a.users, a.forward.B, d), stream,
         a);
}

template void pair_features(const PairFeatures<float>&, void*);
template void pair_features(const PairFeatures<double>&, void*);
template void pair_features_backward(const PairFeaturesBackward<float>&, void*);
template void pair_features_backward(const PairFeaturesBackward<double>&, void*);

}  // namespace pyexplain::cuda
