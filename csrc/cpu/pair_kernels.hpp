// The loops over one row of pair_features, to be compiled into the functions that are cloned for each instruction set.
#pragma once

#include "pairs.hpp"

namespace pyexplain::cpu {

using std::int64_t;

// Latent columns that are worked on at a time: what is gathered from again and again, a slice of a map or of the gradients of z,
// stays in the second-level cache.
constexpr int64_t kColumns = 128;

// out [k] = start [k] (or 0) + sum over e < n of weights[e] * at(e) [k]. Four rows a pass: out is written once for four.
template <typename T, typename At>
PX_INLINE void weighted_sum(std::int64_t n, const T* weights, At at, const T* start, std::int64_t k, T* out) {
  std::int64_t e = 0;
  if (n >= 4) {
    for (; e + 4 <= n; e += 4) {
      const T *r0 = at(e), *r1 = at(e + 1), *r2 = at(e + 2), *r3 = at(e + 3);
      const T w0 = weights[e], w1 = weights[e + 1], w2 = weights[e + 2], w3 = weights[e + 3];
      if (start) {
        PX_SIMD for (std::int64_t c = 0; c < k; ++c) out[c] = start[c] + (w0 * r0[c] + w1 * r1[c] + w2 * r2[c] + w3 * r3[c]);
      } else {
        PX_SIMD for (std::int64_t c = 0; c < k; ++c) out[c] = w0 * r0[c] + w1 * r1[c] + w2 * r2[c] + w3 * r3[c];
      }
      start = out;
    }
  }
  for (; e < n; ++e) {
    const T* row = at(e);
    const T weight = weights[e];
    if (start) {
      PX_SIMD for (std::int64_t c = 0; c < k; ++c) out[c] = start[c] + weight * row[c];
    } else {
      PX_SIMD for (std::int64_t c = 0; c < k; ++c) out[c] = weight * row[c];
    }
    start = out;
  }
  if (n > 0) return;
  PX_SIMD for (std::int64_t c = 0; c < k; ++c) out[c] = start ? start[c] : T(0);
}

struct Columns {
  int64_t begin, n;
};

inline Columns slice(int64_t number, int64_t k) {
  const int64_t begin = number * kColumns;
  return {begin, k - begin < kColumns ? k - begin : kColumns};
}

inline int64_t slices(int64_t k) { return (k + kColumns - 1) / kColumns; }

// z = E f + shift.
template <typename T>
PX_INLINE void map_row(const SparseRows<T>& rows, int64_t row, const T* map, const T* shift, int64_t k, Columns part, T* z) {
  const int64_t begin = rows.offsets[row];
  const auto at = [&](int64_t e) { return map + rows.indices[begin + e] * k + part.begin; };
  weighted_sum(rows.offsets[row + 1] - begin, rows.values + begin, at, shift, part.n, z);
}

// The tables are larger than any cache: the rows of an example are asked for while the one before is worked on.
template <typename T>
PX_INLINE void prefetch_example(const PairFeatures<T>& a, int64_t b) {
  prefetch(a.user_table + a.users[b] * a.d, a.d);
  prefetch(a.item_table + a.positives[b] * a.d, a.d);
  prefetch(a.item_table + a.negatives[b] * a.d, a.d);
}

template <typename T>
PX_INLINE void identities(const PairFeatures<T>& a, int64_t b) {
  if (b + 1 < a.B) prefetch_example(a, b + 1);
  const int64_t d = a.d, width = d + a.k;
  T *to_positive = a.x + b * width, *to_negative = a.x + (a.B + b) * width;
  const T* e_u = a.user_table + a.users[b] * d;
  const T *e_i = a.item_table + a.positives[b] * d, *e_j = a.item_table + a.negatives[b] * d;
  PX_SIMD for (int64_t c = 0; c < d; ++c) {
    to_positive[c] = e_u[c] * e_i[c];
    to_negative[c] = e_u[c] * e_j[c];
  }
}

template <typename T>
PX_INLINE void features(const PairFeatures<T>& a, int64_t b, Columns part) {
  const int64_t d = a.d, k = a.k, width = d + k, at = b * k + part.begin, skip = a.B * k;
  T *z_u = a.z + at, *z_i = z_u + skip, *z_j = z_i + skip;
  map_row(a.user_rows, a.row_index[b], a.user_map, a.shift ? a.shift + at : nullptr, k, part, z_u);
  map_row<T>(a.item_rows, a.positives[b], a.item_map, nullptr, k, part, z_i);
  map_row<T>(a.item_rows, a.negatives[b], a.item_map, nullptr, k, part, z_j);
  T *to_positive = a.x + b * width + d + part.begin, *to_negative = to_positive + a.B * width;
  PX_SIMD for (int64_t c = 0; c < part.n; ++c) {
    to_positive[c] = z_u[c] * z_i[c];
    to_negative[c] = z_u[c] * z_j[c];
  }
}

template <typename T>
PX_INLINE void features_backward(const PairFeaturesBackward<T>& a, int64_t b, Columns part) {
  PX_SIMD for (int64_t c = part.begin; c < part.begin + part.n; ++c) z_gradient(a, b, c);
}

// The gradient of one row of a map: its entries' values times the gradients of their z.
template <typename T>
PX_INLINE void map_gradient(const RowGroups& groups, const T* weights, const T* grad_z, int64_t k, int64_t r, Columns part,
                            T* out) {
  const int64_t begin = groups.starts[r];
  const auto at = [&](int64_t e) { return grad_z + groups.order[begin + e] * k + part.begin; };
  weighted_sum<T>(groups.starts[r + 1] - begin, weights + begin, at, nullptr, part.n, out);
}

// The gradient of one row of a table of embeddings, columns part.begin and on; contribution(member, column) is what one member
// adds.
template <typename T, typename Contribution>
PX_INLINE void sum_group(const RowGroups& groups, int64_t r, Columns part, T* out, Contribution contribution) {
  for (int64_t at = groups.starts[r]; at < groups.starts[r + 1]; ++at) {
    const int64_t member = groups.order[at];
    if (at == groups.starts[r]) {
      PX_SIMD for (int64_t c = 0; c < part.n; ++c) out[c] = contribution(member, part.begin + c);
    } else {
      PX_SIMD for (int64_t c = 0; c < part.n; ++c) out[c] += contribution(member, part.begin + c);
    }
  }
}

template <typename T>
PX_INLINE void user_gradient(const PairFeaturesBackward<T>& a, int64_t r, Columns part, T* out) {
  sum_group(a.users, r, part, out, [&](int64_t b, int64_t c) PX_LAMBDA { return user_part(a, b, c); });
}

template <typename T>
PX_INLINE void item_gradient(const PairFeaturesBackward<T>& a, int64_t r, Columns part, T* out) {
  sum_group(a.items, r, part, out, [&](int64_t o, int64_t c) PX_LAMBDA { return item_part(a, o, c); });
}

}  // namespace pyexplain::cpu
