#include <algorithm>

#include "sparse.hpp"

namespace pyexplain::cpu {

using std::int64_t;

template <typename T>
int64_t select_rows(const SelectRows<T>& a) {
  const int64_t* from = a.source.offsets;
  a.offsets[0] = 0;
  for (int64_t r = 0; r < a.n; ++r) a.offsets[r + 1] = a.offsets[r] + from[a.chosen[r] + 1] - from[a.chosen[r]];
  const int64_t total = a.offsets[a.n];
  if (total > a.capacity) return total;
  for (int64_t r = 0; r < a.n; ++r) {
    const int64_t begin = from[a.chosen[r]], end = from[a.chosen[r] + 1], to = a.offsets[r];
    std::copy(a.source.indices + begin, a.source.indices + end, a.indices + to);
    std::copy(a.source.values + begin, a.source.values + end, a.values + to);
    std::fill(a.rows + to, a.rows + to + end - begin, r);
  }
  return total;
}

template int64_t select_rows(const SelectRows<float>&);
template int64_t select_rows(const SelectRows<double>&);

}  // namespace pyexplain::cpu
