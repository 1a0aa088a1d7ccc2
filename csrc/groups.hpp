// Rows of a table by number: sparse rows, which examples or sparse entries add to which row, and whether every number is one of
// a row. Things that share a row are sorted together once, so that a row is one task.
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

struct FirstOutside {
  const std::int64_t* ids;  // [n]
  std::int64_t n, size;
  PX_FIELDS(ids, n, size)
};

namespace cpu {
// The number of groups.
std::int64_t group_rows(const GroupRows&);

// The number of groups, or minus the number of entries when there are more than capacity, and then nothing is written.
template <typename T>
std::int64_t group_entries(const GroupEntries<T>&);

// The first position whose id is outside 0 .. size - 1, or -1.
std::int64_t first_outside(const FirstOutside&);
}  // namespace cpu

}  // namespace pyexplain
