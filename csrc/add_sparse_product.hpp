// A product of two matrices of sparse rows, added to one that is dense: out[r, c] += sum over k of rows[r, k] others[k, c].
#pragma once

#include "groups.hpp"

namespace pyexplain {

template <typename T>
struct AddSparseProduct {
  SparseRows<T> rows, others;  // [n, m], [m, p]
  T* out;                      // [n, p]
  std::int64_t n, p;
  PX_FIELDS(rows, others, out, n, p)
};

namespace cpu {
template <typename T>
void add_sparse_product(const AddSparseProduct<T>&);
}  // namespace cpu

}  // namespace pyexplain
