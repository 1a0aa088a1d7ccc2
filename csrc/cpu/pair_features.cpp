#include "cpu/pair_kernels.hpp"
#include "pairs.hpp"

namespace pyexplain::cpu {
namespace {

#define PX_CLONES_OF(T)                                                                                                     \
  PX_CLONES void identities_row(const PairFeatures<T>& a, int64_t b) { identities(a, b); }                                  \
  PX_CLONES void features_row(const PairFeatures<T>& a, int64_t b, Columns part) { features(a, b, part); }                  \
  PX_CLONES void backward_row(const PairFeaturesBackward<T>& a, int64_t b, Columns part) { features_backward(a, b, part); } \
  PX_CLONES void map_gradient_row(const RowGroups& groups, const T* weights, const T* grad_z, int64_t k, int64_t r,         \
                                  Columns part, T* grad) {                                                                  \
    map_gradient(groups, weights, grad_z, k, r, part, grad + r * k + part.begin);                                           \
  }                                                                                                                         \
  PX_CLONES void user_row(const PairFeaturesBackward<T>& a, int64_t r) {                                                    \
    user_gradient(a, r, {0, a.forward.d}, a.grad_users + r * a.forward.d);                                                  \
  }                                                                                                                         \
  PX_CLONES void item_row(const PairFeaturesBackward<T>& a, int64_t r) {                                                    \
    item_gradient(a, r, {0, a.forward.d}, a.grad_items + r * a.forward.d);                                                  \
  }
PX_CLONES_OF(float)
PX_CLONES_OF(double)
#undef PX_CLONES_OF

}  // namespace

template <typename T>
void pair_features(const PairFeatures<T>& a) {
#pragma omp parallel if (a.B * (a.d + a.k) > kWorthThreads)
  {
    if (a.d > 0) {
#pragma omp for schedule(static) nowait
      for (int64_t b = 0; b < a.B; ++b) identities_row(a, b);
    }
    for (int64_t number = 0; number < slices(a.k); ++number) {
#pragma omp for schedule(static) nowait
      for (int64_t b = 0; b < a.B; ++b) features_row(a, b, slice(number, a.k));
    }
  }
}

// Rows with many examples are dealt out in small pieces: a popular word may have hundreds of entries, most have one.
template <typename T>
void pair_features_backward(const PairFeaturesBackward<T>& a) {
  const int64_t k = a.forward.k;
#pragma omp parallel if (a.forward.B * (a.forward.d + k) > kWorthThreads)
  {
    for (int64_t number = 0; number < slices(k); ++number) {
      const Columns part = slice(number, k);
#pragma omp for schedule(static)
      for (int64_t b = 0; b < a.forward.B; ++b) backward_row(a, b, part);
#pragma omp for schedule(dynamic, 16) nowait
      for (int64_t r = 0; r < a.user_features.n; ++r) {
        map_gradient_row(a.user_features, a.user_weights, a.grad_z, k, r, part, a.grad_user_map);
      }
#pragma omp for schedule(dynamic, 16) nowait
      for (int64_t r = 0; r < a.item_features.n; ++r) {
        map_gradient_row(a.item_features, a.item_weights, a.grad_z, k, r, part, a.grad_item_map);
      }
    }
#pragma omp for schedule(dynamic, 16) nowait
    for (int64_t r = 0; r < a.users.n; ++r) user_row(a, r);
#pragma omp for schedule(dynamic, 16) nowait
    for (int64_t r = 0; r < a.items.n; ++r) item_row(a, r);
  }
}

template void pair_features(const PairFeatures<float>&);
template void pair_features(const PairFeatures<double>&);
template void pair_features_backward(const PairFeaturesBackward<float>&);
template void pair_features_backward(const PairFeaturesBackward<double>&);

}  // namespace pyexplain::cpu
