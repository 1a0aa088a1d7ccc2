#include "adam.hpp"

namespace pyexplain::cpu {

template <typename T>
void adam_tables(const AdamTables<T>& a) {
  for (std::int64_t number = 0; number < a.tables; ++number) adam_rows(rows_of(a, number));
}

template void adam_tables(const AdamTables<float>&);
template void adam_tables(const AdamTables<double>&);

}  // namespace pyexplain::cpu
