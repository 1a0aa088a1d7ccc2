#include "sparse.hpp"

namespace pyexplain::cpu {
namespace {

using std::int64_t;

}  // namespace

// Entry by entry of a row, in their order; what is added to is one row, which lies in the cache.
template <typename T>
void add_sparse_product(const AddSparseProduct<T>& a) {
#pragma omp parallel for schedule(static) if (a.n > 1 && a.n * a.p > kWorthThreads)
  for (int64_t r = 0; r < a.n; ++r) {
    T* out = a.out + r * a.p;
    for (int64_t e = a.rows.offsets[r]; e < a.rows.offsets[r + 1]; ++e) {
      const int64_t begin = a.others.offsets[a.rows.indices[e]], end = a.others.offsets[a.rows.indices[e] + 1];
      const T value = a.rows.values[e];
      for (int64_t o = begin; o < end; ++o) out[a.others.indices[o]] += a.others.values[o] * value;
    }
  }
}

template void add_sparse_product(const AddSparseProduct<float>&);
template void add_sparse_product(const AddSparseProduct<double>&);

}  // namespace pyexplain::cpu
