#include "cpu/adam_kernels.hpp"
#include "cpu/pair_kernels.hpp"
#include "pairs.hpp"

namespace pyexplain::cpu {
namespace {

// Adam on some columns of row i, with their gradient at hand.
template <typename T>
PX_INLINE void step_part(const AdamRows<T>& a, const Plans<T>& plans, int64_t i, Columns part, const T* grad) {
  const int64_t at = a.rows[i] * a.width + part.begin;
  row(plans.step, plans.of(i), plans.spans.data(), part.n, a.table + at, a.m + at, a.v + at, grad);
}

template <typename T>
PX_INLINE void train_map_row(const AdamRows<T>& adam, const Plans<T>& plans, const RowGroups& groups, const T* weights,
                             const T* grad_z, int64_t r, Columns part) {
  T grad[kColumns];
  if (r + 1 < groups.n) prefetch_row(adam, r + 1, part.begin, part.n);
  map_gradient(groups, weights, grad_z, adam.width, r, part, grad);
  step_part(adam, plans, r, part, grad);
}

template <typename T>
PX_INLINE void train_item_row(const PairFeaturesBackward<T>& a, const AdamRows<T>& adam, const Plans<T>& plans, int64_t r) {
  T grad[kColumns];
  if (r + 1 < adam.n) prefetch_row(adam, r + 1, 0, adam.width);
  for (int64_t number = 0; number < slices(adam.width); ++number) {
    const Columns part = slice(number, adam.width);
    item_gradient(a, r, part, grad);
    step_part(adam, plans, r, part, grad);
  }
}

template <typename T>
PX_INLINE void train_user_row(const PairFeaturesBackward<T>& a, const AdamRows<T>& adam, const Plans<T>& plans, int64_t r) {
  if (r + 1 < adam.n) prefetch_row(adam, r + 1, 0, adam.width);
  step_part(adam, plans, r, {0, adam.width}, a.grad_users + r * adam.width);
}

#define PX_CLONES_OF(T)                                                                                                       \
  PX_CLONES void backward_row(const PairFeaturesBackward<T>& a, int64_t b, Columns part) { features_backward(a, b, part); }   \
  PX_CLONES void user_gradient_row(const PairFeaturesBackward<T>& a, int64_t r) {                                             \
    user_gradient(a, r, {0, a.forward.d}, a.grad_users + r * a.forward.d);                                                    \
  }                                                                                                                           \
  PX_CLONES void map_row_step(const AdamRows<T>& adam, const Plans<T>& plans, const RowGroups& groups, const T* weights,      \
                              const T* grad_z, int64_t r, Columns part) {                                                     \
    train_map_row(adam, plans, groups, weights, grad_z, r, part);                                                             \
  }                                                                                                                           \
  PX_CLONES void item_row_step(const PairFeaturesBackward<T>& a, const AdamRows<T>& adam, const Plans<T>& plans, int64_t r) { \
    train_item_row(a, adam, plans, r);                                                                                        \
  }                                                                                                                           \
  PX_CLONES void user_row_step(const PairFeaturesBackward<T>& a, const AdamRows<T>& adam, const Plans<T>& plans, int64_t r) { \
    train_user_row(a, adam, plans, r);                                                                                        \
  }
PX_CLONES_OF(float)
PX_CLONES_OF(double)
#undef PX_CLONES_OF

template <typename T>
AdamRows<T> adam_of(const PairTraining<T>& a, const T* table, const Moments<T>& moments, const RowGroups& groups, int64_t width) {
  AdamRows<T> adam{};
  adam.table = const_cast<T*>(table);
  adam.m = moments.m;
  adam.v = moments.v;
  adam.last_step = moments.last_step;
  adam.rows = groups.rows;
  adam.n = groups.n;
  adam.width = width;
  adam.step = a.step;
  adam.lr = a.lr;
  adam.beta1 = a.beta1;
  adam.beta2 = a.beta2;
  adam.eps = a.eps;
  return adam;
}

template <typename T>
void mark(const AdamRows<T>& a) {
  for (int64_t i = 0; i < a.n; ++i) a.last_step[a.rows[i]] = a.step;
}

}  // namespace

// The gradients of users need items as they were, and the other way round: users' gradients are put aside, then items are
// stepped, then users.
template <typename T>
void pair_training(const PairTraining<T>& a) {
  const PairFeaturesBackward<T>& back = a.backward;
  const PairFeatures<T>& f = back.forward;
  const AdamRows<T> users = adam_of(a, f.user_table, a.user_table, back.users, f.d);
  const AdamRows<T> items = adam_of(a, f.item_table, a.item_table, back.items, f.d);
  const AdamRows<T> user_map = adam_of(a, f.user_map, a.user_map, back.user_features, f.k);
  const AdamRows<T> item_map = adam_of(a, f.item_map, a.item_map, back.item_features, f.k);
  const Plans<T> of_users = make_plans(users, a.step - 1), of_items = make_plans(items, a.step - 1);
  const Plans<T> of_user_map = make_plans(user_map, a.step - 1), of_item_map = make_plans(item_map, a.step - 1);
#pragma omp parallel if (f.B * (f.d + f.k) > kWorthThreads)
  {
    const FlushDenormals guard;
    for (int64_t number = 0; number < slices(f.k); ++number) {
      const Columns part = slice(number, f.k);
#pragma omp for schedule(static)
      for (int64_t b = 0; b < f.B; ++b) backward_row(back, b, part);
#pragma omp for schedule(dynamic, 16) nowait
      for (int64_t r = 0; r < user_map.n; ++r) {
        map_row_step(user_map, of_user_map, back.user_features, back.user_weights, back.grad_z, r, part);
      }
#pragma omp for schedule(dynamic, 16) nowait
      for (int64_t r = 0; r < item_map.n; ++r) {
        map_row_step(item_map, of_item_map, back.item_features, back.item_weights, back.grad_z, r, part);
      }
    }
#pragma omp for schedule(dynamic, 16)
    for (int64_t r = 0; r < users.n; ++r) user_gradient_row(back, r);
#pragma omp for schedule(dynamic, 16)
    for (int64_t r = 0; r < items.n; ++r) item_row_step(back, items, of_items, r);
#pragma omp for schedule(dynamic, 16)
    for (int64_t r = 0; r < users.n; ++r) user_row_step(back, users, of_users, r);
  }
  mark(users);
  mark(items);
  mark(user_map);
  mark(item_map);
}

template void pair_training(const PairTraining<float>&);
template void pair_training(const PairTraining<double>&);

}  // namespace pyexplain::cpu
