// adam_rows for several tables in one go, which on a GPU is one launch.
#pragma once

#include "adam_rows.hpp"

namespace pyexplain {

template <typename T>
struct AdamTables {
  const std::int64_t* each;  // [tables, 9], on the host whatever the device: table, m, v, last_step, rows and grads as addresses,
                             // then n, width and step; see AdamRows
  std::int64_t tables;
  double lr, beta1, beta2, eps;
  PX_FIELDS(each, tables, lr, beta1, beta2, eps)
};

// The number-th table's.
template <typename T>
inline AdamRows<T> rows_of(const AdamTables<T>& a, std::int64_t number) {
  const std::int64_t* at = a.each + 9 * number;
  const auto floats = [at](int field) { return reinterpret_cast<T*>(at[field]); };
  return {floats(0),
          floats(1),
          floats(2),
          reinterpret_cast<std::int64_t*>(at[3]),
          reinterpret_cast<const std::int64_t*>(at[4]),
          floats(5),
          at[6],
          at[7],
          at[8],
          a.lr,
          a.beta1,
          a.beta2,
          a.eps};
}

namespace cpu {
template <typename T>
void adam_tables(const AdamTables<T>&);
}  // namespace cpu

namespace cuda {
template <typename T>
void adam_tables(const AdamTables<T>&, void* stream);
}  // namespace cuda

}  // namespace pyexplain
