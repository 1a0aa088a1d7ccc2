#include "adam.hpp"

namespace pyexplain::cpu {

template <typename T>
void adam_tables(const AdamTables<T>& a) {
  for (std::int64_t number = 0; number < a.tables; ++number) {
    AdamRows<T> table = rows_of(a, number);
    if (a.now) table.step += static_cast<std::int64_t>(*a.now);
    adam_rows(table);
  }
}

template void adam_tables(const AdamTables<float>&);
template void adam_tables(const AdamTables<double>&);

}  // namespace pyexplain::cpu
