// Sums over groups of members: which row of a table each adds to, and what it adds. One task a row, members in their order, so
// there is nothing to lock and the bits do not depend on who runs what.
//
//   sums[r] = sum over the members m of group r of  weights[m] * values[value_rows[m]] * factors[factor_rows[m]]
#pragma once

#include "groups.hpp"

namespace pyexplain {

template <typename T>
struct GroupSums {
  RowGroups groups;
  const T *values, *factors, *weights;           // rows of `width` numbers, `stride` apart; [.., width] or null; [m] or null
  const std::int64_t *value_rows, *factor_rows;  // [m]; null: row m itself
  std::int64_t width, stride;
  T* sums;  // [groups.n, width]
  PX_FIELDS(groups, values, factors, weights, value_rows, factor_rows, width, stride, sums)
};

namespace cpu {
template <typename T>
void group_sums(const GroupSums<T>&);
}  // namespace cpu

}  // namespace pyexplain
