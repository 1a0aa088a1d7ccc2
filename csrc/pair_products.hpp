// What a pair's head reads when all encodings are at hand: x = (e_u * e_i) concat (z_u * z_i), row by row.
#pragma once

#include "portable.hpp"

namespace pyexplain {

template <typename T>
struct PairProducts {
  const T *user_table, *item_table, *user_latents, *item_latents;  // [U, d], [I, d], [U, k], [I, k]
  const std::int64_t *users, *items;                               // [n]
  std::int64_t n, d, k, n_users, n_items;
  T* x;  // [n, d + k]
  PX_FIELDS(user_table, item_table, user_latents, item_latents, users, items, n, d, k, n_users, n_items, x)
};

namespace cpu {
template <typename T>
void pair_products(const PairProducts<T>&);
}  // namespace cpu

namespace cuda {
template <typename T>
void pair_products(const PairProducts<T>&, void* stream);
}  // namespace cuda

}  // namespace pyexplain
