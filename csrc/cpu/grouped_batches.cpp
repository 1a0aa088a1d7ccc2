#include <algorithm>
#include <vector>

#include "sparse.hpp"

namespace pyexplain::cpu {
namespace {

using std::int64_t;

// Where the groups of one kind lie in the words of a batch.
struct Room {
  int64_t *rows, *starts, *order;
  int64_t groups;

  // What is left of the room is nobody's.
  void fill_from(int64_t found) const {
    std::fill(rows + found, rows + groups, int64_t{-1});
    std::fill(starts + found + 1, starts + groups + 1, starts[found]);
  }
};

template <typename T>
void group_batch(const GroupedBatches<T>& a, int64_t batch) {
  int64_t* const out = a.out + batch * a.words;
  const int64_t begin = batch * a.n;
  const auto room = [&](int kind, int64_t groups) {
    const int64_t* at = a.places + 3 + 3 * kind;
    return Room{out + at[0], out + at[1], out + at[2], groups};
  };
  const auto copied = [&](const int64_t* from, int64_t* to) { std::copy(from + begin, from + begin + a.n, to); };
  copied(a.users, out + a.places[0]);
  copied(a.positives, out + a.places[1]);
  copied(a.negatives, out + a.places[2]);
  std::vector<int64_t> items(static_cast<std::size_t>(2 * a.n));
  copied(a.positives, items.data());
  copied(a.negatives, items.data() + a.n);
  const auto by_row = [](const int64_t* ids, int64_t n, int64_t n_rows, const Room& to) {
    to.fill_from(group_rows(GroupRows{ids, n, n_rows, to.rows, to.starts, to.order}));
  };
  by_row(a.users + begin, a.n, a.n_users, room(0, a.n));
  by_row(items.data(), 2 * a.n, a.n_items, room(1, 2 * a.n));
  if (a.n_features == 0) return;
  const auto by_entry = [&](const SparseRows<T>& rows, const int64_t* chosen, int64_t n, int64_t first, int64_t entries,
                            const Room& to, int64_t weights) {
    T* values = reinterpret_cast<T*>(out + weights);
    to.fill_from(
        group_entries(GroupEntries<T>{rows, chosen, n, a.n_features, first, entries, to.rows, to.starts, to.order, values}));
  };
  by_entry(a.user_rows, a.users + begin, a.n, 0, a.user_entries, room(2, a.user_groups), a.places[15]);
  by_entry(a.item_rows, items.data(), 2 * a.n, a.n, a.item_entries, room(3, a.item_groups), a.places[16]);
}

}  // namespace

template <typename T>
void grouped_batches(const GroupedBatches<T>& a) {
#pragma omp parallel for schedule(dynamic, 1) if (a.batches > 1)
  for (int64_t batch = 0; batch < a.batches; ++batch) group_batch(a, batch);
}

template void grouped_batches(const GroupedBatches<float>&);
template void grouped_batches(const GroupedBatches<double>&);

}  // namespace pyexplain::cpu
