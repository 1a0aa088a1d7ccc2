#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "sparse.hpp"

namespace pyexplain::cpu {
namespace {

using std::int64_t;

constexpr int64_t kBlock = 64;  // columns that are looked at together: nearly always none of them reaches

// The highest and the lowest value of each block of the rows that are asked about, so that most blocks need not be looked at:
// several rows are asked about beside the same scores.
template <typename T>
struct Ends {
  int64_t blocks = 0;
  std::vector<T> scores, highest, lowest;  // [m, blocks], [t, blocks] twice
};

template <typename T>
PX_INLINE void ends_of(const T* row, int64_t p, T* highest, T* lowest) {
  for (int64_t start = 0; start < p; start += kBlock) {
    const int64_t size = p - start < kBlock ? p - start : kBlock;
    T high = row[start], low = row[start];
#pragma omp simd reduction(max : high) reduction(min : low)
    for (int64_t c = 0; c < size; ++c) {
      high = row[start + c] > high ? row[start + c] : high;
      low = row[start + c] < low ? row[start + c] : low;
    }
    *highest++ = high;
    if (lowest) *lowest++ = low;
  }
}

PX_CLONES void ends_of_row(const float* row, int64_t p, float* highest, float* lowest) { ends_of(row, p, highest, lowest); }
PX_CLONES void ends_of_row(const double* row, int64_t p, double* highest, double* lowest) { ends_of(row, p, highest, lowest); }

// Which rows occur among numbers [n], by their number.
inline std::vector<char> asked(const int64_t* numbers, int64_t n) {
  std::vector<char> found(n ? 1 + *std::max_element(numbers, numbers + n) : 0, 0);
  for (int64_t at = 0; at < n; ++at) found[numbers[at]] = 1;
  return found;
}

template <typename T>
Ends<T> ends_of_all(const WithinReach<T>& a) {
  Ends<T> ends;
  ends.blocks = (a.p + kBlock - 1) / kBlock;
  const std::vector<char> of_scores = asked(a.chosen, a.n), of_table = asked(a.lifts.indices, a.n ? a.lifts.offsets[a.n] : 0);
  const int64_t m = of_scores.size(), t = of_table.size();
  ends.scores.resize(m * ends.blocks), ends.highest.resize(t * ends.blocks), ends.lowest.resize(t * ends.blocks);
#pragma omp parallel for schedule(static) if ((m + t) * a.p > kWorthThreads)
  for (int64_t r = 0; r < m + t; ++r) {
    const int64_t at = (r < m ? r : r - m) * ends.blocks;
    if (r < m && of_scores[r]) ends_of_row(a.scores + r * a.p, a.p, ends.scores.data() + at, nullptr);
    if (r >= m && of_table[r - m]) {
      ends_of_row(a.table + (r - m) * a.p, a.p, ends.highest.data() + at, ends.lowest.data() + at);
    }
  }
  return ends;
}

// Whether no column of a block of row r can reach, with room for rounding.
template <typename T>
PX_INLINE bool is_out_of_reach(const WithinReach<T>& a, const Ends<T>& ends, int64_t r, int64_t block) {
  T bound = ends.scores[a.chosen[r] * ends.blocks + block];
  if (bound == -std::numeric_limits<T>::infinity()) return true;
  T size = std::abs(bound) + std::abs(a.constant[r]) + std::abs(a.least[r]);
  bound += a.constant[r];
  for (int64_t e = a.lifts.offsets[r]; e < a.lifts.offsets[r + 1]; ++e) {
    const T value = a.lifts.values[e];
    const int64_t at = a.lifts.indices[e] * ends.blocks + block;
    const T lift = value * (value < 0 ? ends.lowest[at] : ends.highest[at]);
    bound += lift;
    size += std::abs(lift);
  }
  return bound + 16 * std::numeric_limits<T>::epsilon() * size < a.least[r];
}

// Calls each(start, size, lifted) for the blocks of row r of which some columns may reach.
template <typename T, typename Each>
PX_INLINE void for_blocks(const WithinReach<T>& a, const Ends<T>& ends, int64_t r, const Each& each) {
  const T* scores = a.scores + a.chosen[r] * a.p;
  const T constant = a.constant[r];
  const int64_t first = a.lifts.offsets[r], last = a.lifts.offsets[r + 1];
  T lifted[kBlock];
  for (int64_t block = 0; block < ends.blocks; ++block) {
    if (is_out_of_reach(a, ends, r, block)) continue;
    const int64_t start = block * kBlock, size = a.p - start < kBlock ? a.p - start : kBlock;
    PX_SIMD for (int64_t c = 0; c < size; ++c) lifted[c] = scores[start + c] + constant;
    for (int64_t e = first; e < last; ++e) {
      const T value = a.lifts.values[e];
      const T* row = a.table + a.lifts.indices[e] * a.p + start;
      PX_SIMD for (int64_t c = 0; c < size; ++c) lifted[c] += value * row[c];
    }
    each(start, size, lifted);
  }
}

// How many columns of a block reach.
template <typename T>
PX_INLINE int count_of(int64_t size, const T* lifted, T least) {
  int count = 0;
#pragma omp simd reduction(+ : count)
  for (int64_t c = 0; c < size; ++c) count += lifted[c] >= least;
  return count;
}

template <typename T>
PX_INLINE void reach(const WithinReach<T>& a, const Ends<T>& ends, int64_t r) {
  const T least = a.least[r];
  if (a.columns) {
    int64_t* out = a.columns + a.offsets[r];
    for_blocks(a, ends, r, [&](int64_t start, int64_t size, const T* lifted) PX_LAMBDA {
      if (!count_of(size, lifted, least)) return;
      int64_t found[kBlock], count = 0;
      for (int64_t c = 0; c < size; ++c) {  // no branch for a column: of some rows half of all reach
        found[count] = start + c;
        count += lifted[c] >= least;
      }
      out = std::copy(found, found + count, out);
    });
  } else {
    int64_t total = 0;
    for_blocks(a, ends, r, [&](int64_t, int64_t size, const T* lifted) PX_LAMBDA { total += count_of(size, lifted, least); });
    a.counts[r] = total;
  }
}

PX_CLONES void row_of(const WithinReach<float>& a, const Ends<float>& ends, int64_t r) { reach(a, ends, r); }
PX_CLONES void row_of(const WithinReach<double>& a, const Ends<double>& ends, int64_t r) { reach(a, ends, r); }

}  // namespace

template <typename T>
void within_reach(const WithinReach<T>& a) {
  const Ends<T> ends = ends_of_all(a);
#pragma omp parallel for schedule(static) if (a.n * ends.blocks > kWorthThreads)
  for (int64_t r = 0; r < a.n; ++r) row_of(a, ends, r);
}

template void within_reach(const WithinReach<float>&);
template void within_reach(const WithinReach<double>&);

}  // namespace pyexplain::cpu
