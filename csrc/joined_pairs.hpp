// What a network on identities alone makes of pairs: x = e_u concat e_i for its head, and the product p_u . q_i beside it; He et
// al., WWW 2017, equations (9) to (12).
#pragma once

#include "portable.hpp"

namespace pyexplain {

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
void joined_pairs(const JoinedPairs<T>&);
}  // namespace cpu

}  // namespace pyexplain
