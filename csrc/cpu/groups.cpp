#include <algorithm>
#include <utility>
#include <vector>

#include "sparse.hpp"

namespace pyexplain::cpu {
namespace {

using std::int64_t;

// Calls place(position in ids, place in sorted order); both ways are stable, so they agree.
template <typename Place>
int64_t group(const int64_t* ids, int64_t n, int64_t n_rows, int64_t* rows, int64_t* starts, Place place) {
  int64_t groups = 0;
  if (n_rows <= 8 * n) {  // counting: a pass over the rows costs less than a sort
    std::vector<int64_t> next(static_cast<std::size_t>(n_rows), 0);
    for (int64_t at = 0; at < n; ++at) ++next[ids[at]];
    int64_t begin = 0;
    for (int64_t row = 0; row < n_rows; ++row) {
      const int64_t count = next[row];
      next[row] = begin;
      if (count == 0) continue;
      rows[groups] = row;
      starts[groups++] = begin;
      begin += count;
    }
    for (int64_t at = 0; at < n; ++at) place(at, next[ids[at]]++);
  } else {
    std::vector<std::pair<int64_t, int64_t>> sorted(static_cast<std::size_t>(n));
    for (int64_t at = 0; at < n; ++at) sorted[at] = {ids[at], at};
    std::sort(sorted.begin(), sorted.end());
    for (int64_t at = 0; at < n; ++at) {
      if (at == 0 || sorted[at].first != sorted[at - 1].first) {
        rows[groups] = sorted[at].first;
        starts[groups++] = at;
      }
      place(sorted[at].second, at);
    }
  }
  starts[groups] = n;
  return groups;
}

}  // namespace

int64_t group_rows(const GroupRows& a) {
  return group(a.ids, a.n, a.n_rows, a.rows, a.starts, [&](int64_t position, int64_t at) { a.order[at] = position; });
}

void group_places(const GroupPlaces& a) {
  for (int64_t r = 0; r < a.groups.n; ++r) {
    for (int64_t at = a.groups.starts[r]; at < a.groups.starts[r + 1]; ++at) a.places[a.groups.order[at]] = r;
  }
}

template <typename T>
int64_t group_entries(const GroupEntries<T>& a) {
  const SparseRows<T>& from = a.source;
  int64_t total = 0;
  for (int64_t r = 0; r < a.n; ++r) total += from.offsets[a.chosen[r] + 1] - from.offsets[a.chosen[r]];
  if (total > a.capacity) return -total;
  std::vector<int64_t> columns(static_cast<std::size_t>(total)), places(columns), sources(columns);
  int64_t at = 0;
  for (int64_t r = 0; r < a.n; ++r) {
    for (int64_t e = from.offsets[a.chosen[r]]; e < from.offsets[a.chosen[r] + 1]; ++e, ++at) {
      columns[at] = from.indices[e];
      places[at] = e;
      sources[at] = a.first + r;
    }
  }
  return group(columns.data(), total, a.n_columns, a.rows, a.starts, [&](int64_t position, int64_t to) {
    a.order[to] = sources[position];
    a.weights[to] = from.values[places[position]];
  });
}

template int64_t group_entries(const GroupEntries<float>&);
template int64_t group_entries(const GroupEntries<double>&);

}  // namespace pyexplain::cpu
