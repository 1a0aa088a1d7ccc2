// The k largest entries of each row, the largest first and of equal ones the first; what is left out is not among them. On a GPU
// alone: on the processor a partial sort of a library is faster (pyexplain/explainers/order.py).
#pragma once

#include "portable.hpp"

namespace pyexplain {

template <typename T>
struct FirstEntries {
  T* scores;                              // [n, width]; of what is left out, -inf afterwards
  const std::int64_t *offsets, *columns;  // [n + 1], [nnz]: what is left out of each row
  std::int64_t *places, *strange;         // [n, k], -1 where there are fewer; [n]: how many entries are no finite numbers
  T* values;                              // [n, k], beside places
  std::int64_t n, width, k;
  PX_FIELDS(scores, offsets, columns, places, strange, values, n, width, k)
};

namespace cuda {
template <typename T>
void first_entries(const FirstEntries<T>&, void* stream);
}  // namespace cuda

}  // namespace pyexplain
