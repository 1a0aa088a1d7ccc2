// pair_features' way back and Adam in one: the gradient of a row is used where it is made and never stored.
#pragma once

#include "adam_rows.hpp"
#include "pair_features.hpp"

namespace pyexplain {

// What Adam keeps of a table; see AdamRows.
template <typename T>
struct Moments {
  T *m, *v;
  std::int64_t* last_step;
  PX_VIEW(m, v, last_step)
};

template <typename T>
struct PairTraining {
  PairFeaturesBackward<T> backward;                       // grad_users is scratch; the other three are not used
  Moments<T> user_table, item_table, user_map, item_map;  // of the tables that the batch reads, which are written
  std::int64_t step;
  double lr, beta1, beta2, eps;
  PX_FIELDS(backward, user_table, item_table, user_map, item_map, step, lr, beta1, beta2, eps)
};

namespace cpu {
template <typename T>
void pair_training(const PairTraining<T>&);
}  // namespace cpu

}  // namespace pyexplain
