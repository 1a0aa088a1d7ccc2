// What networks make of pairs of a user and an item for their heads, and the way back to the tables.
#pragma once

#include "sparse.hpp"

namespace pyexplain {

// What goes into the head for pairs (u, i) and (u, j), and the way back; paper, eq. (5):
//
//   x_b     = (e_u * e_i) ++ (z_u * z_i)        z_u = E_u f_u + shift,  z_i = E_i f_i
//   x_{B+b} = (e_u * e_j) ++ (z_u * z_j)
//
// The way back is in two phases. First each example writes the gradients of its own z. Then each touched row of a table is one
// task that adds up what its examples have for it, in the order of the batch: no two tasks write to one row, so there is nothing
// to lock and the bits do not depend on who runs what.
template <typename T>
struct PairFeatures {
  const T *user_table, *item_table;                   // [U, d], [I, d]
  const T *user_map, *item_map;                       // [P, k]
  SparseRows<T> user_rows, item_rows;                 // over P
  const std::int64_t *users, *positives, *negatives;  // [B]
  const std::int64_t* row_index;                      // [B]: the row of user_rows that belongs to an example
  const T* shift;                                     // [B, k], or null
  std::int64_t B, d, k;
  T* x;  // [2B, d + k], written forward
  T* z;  // [3B, k]: z_u, z_i, z_j; written forward, read backward
  PX_FIELDS(user_table, item_table, user_map, item_map, user_rows, item_rows, users, positives, negatives, row_index, shift, B, d,
            k, x, z)
};

template <typename T>
struct PairFeaturesBackward {
  PairFeatures<T> forward;
  const T* grad_x;                          // [2B, d + k]
  T* grad_z;                                // [3B, k]
  RowGroups users, items;                   // of examples b; of 0 .. B-1 (positives) and B .. 2B-1 (negatives)
  RowGroups user_features, item_features;   // of sparse entries; their order holds the row of grad_z
  const T *user_weights, *item_weights;     // the values of those entries
  std::int64_t user_entries, item_entries;  // at most so many in all groups
  T *grad_users, *grad_items;               // [users.n, d], [items.n, d]
  T *grad_user_map, *grad_item_map;         // [user_features.n, k], [item_features.n, k]
  PX_FIELDS(forward, grad_x, grad_z, users, items, user_features, item_features, user_weights, item_weights, user_entries,
            item_entries, grad_users, grad_items, grad_user_map, grad_item_map)
};

// Element c of E f: the sum over the sparse entries of one row.
template <typename T>
PX_INLINE T mapped(const SparseRows<T>& rows, std::int64_t row, const T* map, std::int64_t k, std::int64_t c) {
  T sum = 0;
  for (std::int64_t e = rows.offsets[row]; e < rows.offsets[row + 1]; ++e) sum += rows.values[e] * map[rows.indices[e] * k + c];
  return sum;
}

// Gradients of z_u, z_i and z_j of one example, element c.
template <typename T>
PX_INLINE void z_gradient(const PairFeaturesBackward<T>& a, std::int64_t b, std::int64_t c) {
  const PairFeatures<T>& f = a.forward;
  const std::int64_t width = f.d + f.k, skip = f.B * f.k, at = b * f.k + c;
  const T to_positive = a.grad_x[b * width + f.d + c], to_negative = a.grad_x[(f.B + b) * width + f.d + c];
  const T z_u = f.z[at], z_i = f.z[skip + at], z_j = f.z[2 * skip + at];
  a.grad_z[at] = to_positive * z_i + to_negative * z_j;
  a.grad_z[skip + at] = to_positive * z_u;
  a.grad_z[2 * skip + at] = to_negative * z_u;
}

// What example b adds to element c of the gradient of e_u.
template <typename T>
PX_INLINE T user_part(const PairFeaturesBackward<T>& a, std::int64_t b, std::int64_t c) {
  const PairFeatures<T>& f = a.forward;
  const std::int64_t width = f.d + f.k;
  return a.grad_x[b * width + c] * f.item_table[f.positives[b] * f.d + c] +
         a.grad_x[(f.B + b) * width + c] * f.item_table[f.negatives[b] * f.d + c];
}

// What occurrence o of an item (0 .. B-1 as positive, B .. 2B-1 as negative) adds to element c of the gradient of its e_i.
template <typename T>
PX_INLINE T item_part(const PairFeaturesBackward<T>& a, std::int64_t o, std::int64_t c) {
  const PairFeatures<T>& f = a.forward;
  const std::int64_t user = f.users[o < f.B ? o : o - f.B];
  return a.grad_x[o * (f.d + f.k) + c] * f.user_table[user * f.d + c];
}

// What Adam keeps of a table; see AdamRows (adam.hpp).
template <typename T>
struct Moments {
  T *m, *v;
  std::int64_t* last_step;
  PX_VIEW(m, v, last_step)
};

// pair_features' way back and Adam in one: the gradient of a row is used where it is made and never stored.
template <typename T>
struct PairTraining {
  PairFeaturesBackward<T> backward;                       // grad_users is scratch; the other three are not used
  Moments<T> user_table, item_table, user_map, item_map;  // of the tables that the batch reads, which are written
  std::int64_t step;
  double lr, beta1, beta2, eps;
  PX_FIELDS(backward, user_table, item_table, user_map, item_map, step, lr, beta1, beta2, eps)
};

// What a network on identities alone makes of pairs: x = e_u concat e_i for its head, and the product p_u . q_i beside it; He et
// al., WWW 2017, equations (9) to (12).
template <typename T>
struct JoinedPairs {
  const T *user_embedding, *item_embedding;  // [U, d], [I, d]
  const T *user_factors, *item_factors;      // [U, k], [I, k]
  const std::int64_t *users, *items;         // [n]
  std::int64_t n, d, k;
  T *x, *products;  // [n, 2 d], [n]
  PX_FIELDS(user_embedding, item_embedding, user_factors, item_factors, users, items, n, d, k, x, products)
};

namespace cpu {
template <typename T>
void pair_features(const PairFeatures<T>&);
template <typename T>
void pair_features_backward(const PairFeaturesBackward<T>&);
template <typename T>
void pair_training(const PairTraining<T>&);
template <typename T>
void joined_pairs(const JoinedPairs<T>&);
}  // namespace cpu

namespace cuda {
template <typename T>
void pair_features(const PairFeatures<T>&, void* stream);
template <typename T>
void pair_features_backward(const PairFeaturesBackward<T>&, void* stream);
}  // namespace cuda

}  // namespace pyexplain
