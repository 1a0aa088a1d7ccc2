// The head w2 . relu(W1 y + b1) + b2 of rows y = dropout(x), and the way back, that multiplies only what dropout kept: at a rate
// of .8 a fifth of the three matrix products.
//
// x [n, k] is cut into tiles of kTile rows by kTile columns. Of each tile the kept entries are listed twice, row by row and
// column by column, so that all three products are the same work: add up rows of a small dense block that stays in the
// first-level cache, or multiply by them. Dense operands lie in panels, as many columns as fit into registers. Every sum is taken
// in one order, whatever the number of threads.
#pragma once

#include "head.hpp"

namespace pyexplain {

constexpr std::int64_t kTile = 64;
constexpr std::int64_t kTileRoom = kTile * kTile + 64;  // of the entries of a tile: what is written at once may overrun
constexpr std::int64_t kTileStarts = kTile + 1;

// The kept entries of all tiles, tile by tile.
template <typename T>
struct KeptEntries {
  T* values;              // [tiles, kTileRoom]
  std::uint8_t* places;   // [tiles, kTileRoom]: in a row, which column of the tile; in a column, which row
  std::uint16_t* starts;  // [tiles, kTileStarts]: of each row or column
  PX_VIEW(values, places, starts)
};

// Written forward, read backward. N and K are n and k, filled up to whole tiles; H is h, filled up to a multiple of 32.
template <typename T>
struct KeptRoom {
  KeptEntries<T> by_row, by_column;
  T* hidden;  // [N, H] in panels: relu(W1 y + b1), on the way back its gradient
  T* map;     // [K, H] in panels: W1 turned
  T* padded;  // [2, H]: b1 and w2, and zeros
  T* sums;    // [N / kTile, 2, H]: what each block of rows adds to the gradients of w2 and b1
  PX_VIEW(by_row, by_column, hidden, map, padded, sums)
};

template <typename T>
struct KeptHead {
  const T* x;                        // [n, k], before dropout
  const std::int64_t *seeds, *ends;  // [terms]: in either half of x, rows before ends[t] are drawn from seeds[t]; see draw_of
  std::int64_t terms, n, k, h, threshold;
  T scale;
  const T *W1, *b1, *w2, *b2;  // [h, k], [h], [h], [1]
  T* scores;                   // [n]
  KeptRoom<T> room;
  PX_FIELDS(x, seeds, ends, terms, n, k, h, threshold, scale, W1, b1, w2, b2, scores, room)
};

template <typename T>
struct KeptHeadBackward {
  KeptHead<T> forward;
  const T* grad;                            // [n], of the scores
  T *grad_W1, *grad_w2, *grad_b1, *grad_x;  // [h, k], [h], [h], [n, k]: of x itself, 0 where it was dropped
  PX_FIELDS(forward, grad, grad_W1, grad_w2, grad_b1, grad_x)
};

// Where the draws of a row begin: the seed of its term, and the place of its first entry.
struct Draw {
  std::uint32_t low, high, place;
};

// x holds the preferred items of all terms, then the others; a term's draws run through its own rows of both.
template <typename T>
PX_INLINE Draw draw_of(const KeptHead<T>& a, std::int64_t row) {
  const std::int64_t half = a.n / 2, in_half = row < half ? row : row - half;
  std::int64_t t = 0;
  while (t + 1 < a.terms && in_half >= a.ends[t]) ++t;
  const std::int64_t begin = t ? a.ends[t - 1] : 0, before = row < half ? 0 : a.ends[t] - begin;
  const auto seed = static_cast<std::uint64_t>(a.seeds[t]);
  return {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
          static_cast<std::uint32_t>((before + in_half - begin) * a.k)};
}

namespace cpu {
template <typename T>
void kept_head(const KeptHead<T>&);
template <typename T>
void kept_head_backward(const KeptHeadBackward<T>&);
}  // namespace cpu

}  // namespace pyexplain
