// Rows of a table by number: sparse rows, which examples or sparse entries add to which row; sums over groups, and products of
// sparse rows. Things that share a row are sorted together once, so that a row is one task.
#pragma once

#include "portable.hpp"

namespace pyexplain {

// Entries offsets[r] .. offsets[r + 1] - 1 of indices and values belong to row r.
template <typename T>
struct SparseRows {
  const std::int64_t *offsets, *indices;
  const T* values;
  PX_VIEW(offsets, indices, values)
};

// Those of group r are order[starts[r]] .. order[starts[r + 1] - 1].
struct RowGroups {
  const std::int64_t* rows;    // [n], ascending
  const std::int64_t* starts;  // [n + 1]
  const std::int64_t* order;
  std::int64_t n;
  PX_VIEW(rows, starts, order, n)
};

struct GroupRows {
  const std::int64_t* ids;  // [n], each in 0 .. n_rows - 1
  std::int64_t n, n_rows;
  std::int64_t *rows, *starts, *order;  // written: as in RowGroups; order [n]: positions in ids, ascending within a group
  PX_FIELDS(ids, n, n_rows, rows, starts, order)
};

template <typename T>
struct GroupEntries {
  SparseRows<T> source;
  const std::int64_t* chosen;  // [n]: rows of source, whose entries are grouped by their column
  std::int64_t n, n_columns, first, capacity;
  std::int64_t *rows, *starts, *order;  // as in RowGroups; order: first + the number of the chosen row that an entry stands in
  T* weights;                           // [capacity], beside order: the entries' values
  PX_FIELDS(source, chosen, n, n_columns, first, capacity, rows, starts, order, weights)
};

// Batches of n triples (u, i, j), and what shares a row in each (pairs.hpp), every batch in one piece of memory of `words`
// numbers: what is not there is a group of row -1 without members.
template <typename T>
struct GroupedBatches {
  SparseRows<T> user_rows, item_rows;
  const std::int64_t *users, *positives, *negatives;  // [batches * n]
  const std::int64_t* places;  // [17], in the words of a batch: users, positives, negatives; rows, starts and order of the groups
                               // of users, of items, of their features; the weights of the last two
  std::int64_t batches, n, n_users, n_items, n_features;
  std::int64_t user_groups, item_groups, user_entries, item_entries;  // of features: room in a batch, enough for each
  std::int64_t words;
  std::int64_t* out;  // [batches, words]
  PX_FIELDS(user_rows, item_rows, users, positives, negatives, places, batches, n, n_users, n_items, n_features, user_groups,
            item_groups, user_entries, item_entries, words, out)
};

struct GroupPlaces {
  RowGroups groups;
  std::int64_t* places;  // written, beside what was grouped: the number of the group that each member belongs to
  PX_FIELDS(groups, places)
};

// Rows out of a matrix of sparse rows, in any order, repeats allowed.
template <typename T>
struct SelectRows {
  SparseRows<T> source;
  const std::int64_t* chosen;              // [n]: rows of source
  std::int64_t n, capacity;                // capacity: of each of indices, rows and values
  std::int64_t *offsets, *indices, *rows;  // written: [n + 1]; of each entry its column, and the number of its chosen row
  T* values;                               // written, of each entry
  PX_FIELDS(source, chosen, n, capacity, offsets, indices, rows, values)
};

// Sums over groups of members: which row of a table each adds to, and what it adds. One task a row, members in their order, so
// there is nothing to lock and the bits do not depend on who runs what.
//
//   sums[r] = sum over the members m of group r of  weights[m] * values[value_rows[m]] * factors[factor_rows[m]]
template <typename T>
struct GroupSums {
  RowGroups groups;
  const T *values, *factors, *weights;           // rows of `width` numbers, `stride` apart; [.., width] or null; [m] or null
  const std::int64_t *value_rows, *factor_rows;  // [m]; null: row m itself
  std::int64_t width, stride;
  T* sums;  // [groups.n, width]
  PX_FIELDS(groups, values, factors, weights, value_rows, factor_rows, width, stride, sums)
};

// A product of two matrices of sparse rows, added to one that is dense: out[r, c] += sum over k of rows[r, k] others[k, c].
template <typename T>
struct AddSparseProduct {
  SparseRows<T> rows, others;  // [n, m], [m, p]
  T* out;                      // [n, p]
  std::int64_t n, p;
  PX_FIELDS(rows, others, out, n, p)
};

// Weighted products of sparse rows that are matched column by column, and their slope in the weights:
//
//   out_n = sum over k of w_k a[r_n, k] b[s_n, k]          dL/dw_k = sum over n of slope_n a[r_n, k] b[s_n, k]
template <typename T>
struct MatchedProducts {
  SparseRows<T> one, two;                       // over P columns, ascending within a row
  const std::int64_t *one_chosen, *two_chosen;  // [n]: the rows r and s
  const T* weights;                             // [P]
  std::int64_t n;
  T* out;  // [n]
  PX_FIELDS(one, two, one_chosen, two_chosen, weights, n, out)
};

template <typename T>
struct MatchedSlopes {
  SparseRows<T> one, two;
  const std::int64_t *one_chosen, *two_chosen;
  const T* slopes;  // [n]
  std::int64_t n;
  T* gradient;  // [P], added to
  PX_FIELDS(one, two, one_chosen, two_chosen, slopes, n, gradient)
};

// Calls each(column, value of a, value of b) for the columns that both rows store, in their order.
template <typename T, typename Each>
PX_INLINE void for_matches(const SparseRows<T>& a, std::int64_t r, const SparseRows<T>& b, std::int64_t s, const Each& each) {
  std::int64_t i = a.offsets[r], j = b.offsets[s];
  const std::int64_t i_end = a.offsets[r + 1], j_end = b.offsets[s + 1];
  while (i < i_end && j < j_end) {
    const std::int64_t left = a.indices[i], right = b.indices[j];
    if (left == right) each(left, a.values[i], b.values[j]);
    i += left <= right;
    j += right <= left;
  }
}

// Weighted products of sparse rows where other sparse rows have entries, and nowhere else: with rows [n, P] and items [I, P],
//
//   out = sum over k of w_k rows[r, k] items[c, k]     for each entry (r, c) of cells [n, I]
template <typename T>
struct SampledMatches {
  SparseRows<T> rows, items;              // over width columns
  const T* weights;                       // [width]
  const std::int64_t *offsets, *columns;  // cells: [n + 1], [nnz]
  T* out;                                 // [nnz]
  std::int64_t n, width;
  PX_FIELDS(rows, items, weights, offsets, columns, out, n, width)
};

// Which columns of a row of scores reach a bound, when each is lifted by as much as a few rows of a table say:
//
//   scores[chosen_r, i] + constant_r + sum over e of value_e table[index_e, i] >= least_r
template <typename T>
struct WithinReach {
  const T* scores;              // [m, p]
  const std::int64_t* chosen;   // [n], each in 0 .. m - 1
  const T *least, *constant;    // [n]
  SparseRows<T> lifts;          // [n] rows over those of the table
  const T* table;               // [t, p]
  const std::int64_t* offsets;  // [n + 1], as counts say; null with columns
  std::int64_t n, p;
  std::int64_t *counts, *columns;  // written: [n] how many, where columns is null; else [offsets[n]] which, ascending in a row
  PX_FIELDS(scores, chosen, least, constant, lifts, table, offsets, n, p, counts, columns)
};

namespace cpu {
// The number of groups.
std::int64_t group_rows(const GroupRows&);

void group_places(const GroupPlaces&);

// The number of entries; where it is more than capacity, the offsets alone are written.
template <typename T>
std::int64_t select_rows(const SelectRows<T>&);

// The number of groups, or minus the number of entries when there are more than capacity, and then nothing is written.
template <typename T>
std::int64_t group_entries(const GroupEntries<T>&);
template <typename T>
void grouped_batches(const GroupedBatches<T>&);

template <typename T>
void group_sums(const GroupSums<T>&);
template <typename T>
void add_sparse_product(const AddSparseProduct<T>&);
template <typename T>
void matched_products(const MatchedProducts<T>&);
template <typename T>
void matched_slopes(const MatchedSlopes<T>&);
template <typename T>
void sampled_matches(const SampledMatches<T>&);
template <typename T>
void within_reach(const WithinReach<T>&);
}  // namespace cpu

}  // namespace pyexplain
