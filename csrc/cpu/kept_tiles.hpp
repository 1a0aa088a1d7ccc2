// The kept entries of a tile, listed; see kept_head.hpp.
#pragma once

#include <algorithm>

#include "cpu/vectors.hpp"
#include "kept_head.hpp"
#if defined(PX_HAS_CLONES)
#include <immintrin.h>
#endif

namespace pyexplain::cpu {

using std::int64_t;

// How many entries are read at once, at most, and so written behind a list.
constexpr int64_t kAtOnce = 16;

// The kept ones of kTile entries, and where they stood; up to kAtOnce more are written. Their number.
template <typename T>
PX_INLINE int64_t kept_ones(const T* from, const std::uint32_t* kept, T* values, std::uint8_t* places) {
  int64_t n = 0;
  for (int64_t c = 0; c < kTile; ++c) {
    values[n] = from[c];
    places[n] = static_cast<std::uint8_t>(c);
    n += kept[c] != 0;
  }
  return n;
}

namespace {

PX_BASE int64_t list_kept(const float* from, const std::uint32_t* kept, float* values, std::uint8_t* places) {
  return kept_ones(from, kept, values, places);
}
PX_BASE int64_t list_kept(const double* from, const std::uint32_t* kept, double* values, std::uint8_t* places) {
  return kept_ones(from, kept, values, places);
}

#if defined(PX_HAS_CLONES)
// What no loop is compiled to: the processor moves the kept lanes together.
PX_AVX512 int64_t list_kept(const float* from, const std::uint32_t* kept, float* values, std::uint8_t* places) {
  int64_t n = 0;
  const __m512i lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  for (int64_t c = 0; c < kTile; c += 16) {
    const __m512i flags = _mm512_loadu_si512(kept + c);
    const __mmask16 mask = _mm512_test_epi32_mask(flags, flags);
    _mm512_storeu_ps(values + n, _mm512_maskz_compress_ps(mask, _mm512_loadu_ps(from + c)));
    const __m512i at = _mm512_maskz_compress_epi32(mask, _mm512_add_epi32(lanes, _mm512_set1_epi32(static_cast<int>(c))));
    _mm512_mask_cvtepi32_storeu_epi8(places + n, 0xffff, at);
    n += __builtin_popcount(mask);
  }
  return n;
}
PX_AVX512 int64_t list_kept(const double* from, const std::uint32_t* kept, double* values, std::uint8_t* places) {
  return kept_ones(from, kept, values, places);
}
#endif

}  // namespace

// The lists of one tile.
template <typename T>
struct TileLists {
  T* values;
  std::uint8_t* places;
  std::uint16_t* starts;
};

template <typename T>
PX_INLINE TileLists<T> tile_of(const KeptEntries<T>& all, int64_t tile) {
  return {all.values + tile * kTileRoom, all.places + tile * kTileRoom, all.starts + tile * kTileStarts};
}

// What comes behind the last entry is read, never used.
template <typename T>
PX_INLINE void end_lists(const TileLists<T>& lists, int64_t n) {
  lists.starts[kTile] = static_cast<std::uint16_t>(n);
  std::fill_n(lists.places + n, kAtOnce, std::uint8_t(0));
}

// Dropout on one row of a tile, of which `width` columns are there: y, and which entries were kept.
template <typename T>
PX_INLINE void drop_row(const KeptHead<T>& a, int64_t row, int64_t column, int64_t width, T* y, std::uint32_t* kept) {
  const Draw draw = draw_of(a, row);
  const T *x = a.x + row * a.k + column, scale = a.scale;
  const std::uint32_t place = draw.place + static_cast<std::uint32_t>(column),
                      threshold = static_cast<std::uint32_t>(a.threshold);
  if (width == kTile) prefetch(x + kTile, kTile);  // of the next tile: these rows lie too far apart for the processor to see it
  PX_SIMD for (int64_t c = 0; c < width; ++c) {
    const T scaled = x[c] * scale;  // by itself: otherwise only what is kept is read, which takes longer
    kept[c] = dropout_bits(place + static_cast<std::uint32_t>(c), draw.low, draw.high) >= threshold;
    y[c] = kept[c] ? scaled : T(0);
  }
  for (int64_t c = width; c < kTile; ++c) {
    kept[c] = 0;
    y[c] = 0;
  }
}

// Both lists of the tile at block `i` of rows and `j` of columns. By column only what is not 0 counts.
template <typename T, int bytes>
PX_INLINE void list_tile(const KeptHead<T>& a, int64_t i, int64_t j, const TileLists<T>& rows, const TileLists<T>& columns) {
  using V = typename Vector<T, bytes>::type;
  constexpr int lanes = Vector<T, bytes>::lanes;
  alignas(64) T y[kTile * kTile], turned[lanes * kTile];
  alignas(64) std::uint32_t kept[kTile];
  const int64_t here = std::min(kTile, a.n - i * kTile), width = std::min(kTile, a.k - j * kTile);
  int64_t n = 0;
  for (int64_t r = 0; r < here; ++r) {
    rows.starts[r] = static_cast<std::uint16_t>(n);
    drop_row(a, i * kTile + r, j * kTile, width, y + r * kTile, kept);
    n += list_kept(y + r * kTile, kept, rows.values + n, rows.places + n);
  }
  std::fill(rows.starts + here, rows.starts + kTile, static_cast<std::uint16_t>(n));
  std::fill(y + here * kTile, y + kTile * kTile, T(0));
  end_lists(rows, n);
  n = 0;
  for (int64_t begin = 0; begin < kTile; begin += lanes) {
    for (int64_t r = 0; r < kTile; r += lanes) {
      V block[lanes];
      PX_UNROLL for (int l = 0; l < lanes; ++l) block[l] = *reinterpret_cast<const V*>(y + (r + l) * kTile + begin);
      turn<T, bytes>(block);
      PX_UNROLL for (int l = 0; l < lanes; ++l) * reinterpret_cast<V*>(turned + l * kTile + r) = block[l];
    }
    for (int64_t l = 0; l < lanes; ++l) {
      columns.starts[begin + l] = static_cast<std::uint16_t>(n);
      const T* column = turned + l * kTile;
      PX_SIMD for (int64_t r = 0; r < kTile; ++r) kept[r] = column[r] != T(0);
      n += list_kept(column, kept, columns.values + n, columns.places + n);
    }
  }
  end_lists(columns, n);
}

}  // namespace pyexplain::cpu
