// The work on one tile of the head's products; see kept_head.hpp. Panels are columns of a dense operand, as many as registers
// hold.
#pragma once

#include "cpu/kept_tiles.hpp"

namespace pyexplain::cpu {

constexpr int kMostVectors = 8;  // registers' worth of columns of a panel

// Calls with a constant number of vectors: what a panel is wide.
template <typename Call>
PX_INLINE void with_vectors(int64_t vectors, Call call) {
  switch (vectors) {
    case 2:
      return call(std::integral_constant<int, 2>());
    case 4:
      return call(std::integral_constant<int, 4>());
    case 6:
      return call(std::integral_constant<int, 6>());
    default:
      return call(std::integral_constant<int, 8>());
  }
}

// Asks for row r of the block that comes next, into the second-level cache: the first is full.
template <int width, typename T>
PX_INLINE void ask_for(const T* next, int64_t r) {
  const char* at = reinterpret_cast<const char*>(next + r * width);
  PX_UNROLL for (int byte = 0; byte < width * static_cast<int>(sizeof(T)); byte += 64) __builtin_prefetch(at + byte, 0, 2);
}

// out [rows, n vectors] = start (every row, or `out` itself) + the sum over each row's entries of value * map's row at its place.
template <int bytes, int n, typename T>
PX_INLINE void add_entries(const TileLists<T>& lists, int64_t rows, const T* map, const T* next, const T* start, T* out) {
  using V = typename Vector<T, bytes>::type;
  constexpr int lanes = Vector<T, bytes>::lanes;
  for (int64_t r = 0; r < rows; ++r) {
    ask_for<n * lanes>(next, r);
    V sum[n];
    V* to = reinterpret_cast<V*>(out + r * n * lanes);
    const V* from = start ? reinterpret_cast<const V*>(start) : to;
    PX_UNROLL for (int v = 0; v < n; ++v) sum[v] = from[v];
    for (int64_t e = lists.starts[r]; e < lists.starts[r + 1]; ++e) {
      const V* row = reinterpret_cast<const V*>(map + int64_t(lists.places[e]) * n * lanes);
      const T value = lists.values[e];
      PX_UNROLL for (int v = 0; v < n; ++v) sum[v] += value * row[v];
    }
    PX_UNROLL for (int v = 0; v < n; ++v) to[v] = sum[v];
  }
}

// Each entry's value = its row of `by` times map's row at its place, added to what it was unless it is the first panel.
template <int bytes, int n, typename T>
PX_INLINE void multiply_entries(const TileLists<T>& lists, int64_t rows, const T* map, const T* next, const T* by, bool first) {
  using V = typename Vector<T, bytes>::type;
  using Loose = typename Vector<T, bytes>::loose;
  using Indices = typename Vector<T, bytes>::indices;
  constexpr int lanes = Vector<T, bytes>::lanes;
  Indices numbers;
  for (int l = 0; l < lanes; ++l) numbers[l] = l;
  for (int64_t r = 0; r < rows; ++r) {
    ask_for<n * lanes>(next, r);
    V own[n];
    PX_UNROLL for (int v = 0; v < n; ++v) own[v] = reinterpret_cast<const V*>(by + r * n * lanes)[v];
    const int64_t end = lists.starts[r + 1];
    for (int64_t e = lists.starts[r]; e < end; e += lanes) {
      V sums[lanes];
      PX_UNROLL for (int l = 0; l < lanes; ++l) {
        const V* row = reinterpret_cast<const V*>(map + int64_t(lists.places[e + l]) * n * lanes);
        sums[l] = own[0] * row[0];
        PX_UNROLL for (int v = 1; v < n; ++v) sums[l] += own[v] * row[v];
      }
      add_across<T, bytes>(sums);
      Loose* to = reinterpret_cast<Loose*>(lists.values + e);
      if (first) {  // what is written behind the row's end is written over by the next
        *to = sums[0];
      } else {
        const Indices left = numbers - static_cast<typename Vector<T, bytes>::Index>(end - e);
        *to += left < 0 ? sums[0] : V{};
      }
    }
  }
}

// relu of a row's hidden units, in place, times w2: how many vectors there are.
template <int bytes, typename T>
PX_INLINE void read_out(int64_t vectors, T* hidden, const T* w2, typename Vector<T, bytes>::type& sum) {
  using V = typename Vector<T, bytes>::type;
  V* units = reinterpret_cast<V*>(hidden);
  for (int64_t v = 0; v < vectors; ++v) {
    const V out = units[v] > T(0) ? units[v] : V{};
    units[v] = out;
    sum += out * reinterpret_cast<const V*>(w2)[v];
  }
}

// From the gradients [rows] of the scores: what these rows add to those of w2 and b1, and in `hidden` [rows, width] its own.
template <int bytes, typename T>
PX_INLINE void through_relu(int64_t rows, int64_t width, const T* grad, const T* w2, T* hidden, T* to_w2, T* to_b1) {
  using V = typename Vector<T, bytes>::type;
  constexpr int lanes = Vector<T, bytes>::lanes;
  for (int64_t at = 0; at < width; at += lanes) {
    const V weight = *reinterpret_cast<const V*>(w2 + at);
    V of_w2{}, of_b1{};
    for (int64_t r = 0; r < rows; ++r) {
      V* unit = reinterpret_cast<V*>(hidden + r * width + at);
      const V out = *unit, back = out > T(0) ? grad[r] * weight : V{};
      of_w2 += grad[r] * out;
      of_b1 += back;
      *unit = back;
    }
    *reinterpret_cast<V*>(to_w2 + at) = of_w2;
    *reinterpret_cast<V*>(to_b1 + at) = of_b1;
  }
}

// to [lanes, .] = the turned block of `rows` by `columns` at `from`, at most lanes of each, and zeros around it.
template <int bytes, typename T>
PX_INLINE void turn_in(const T* from, int64_t stride, int64_t rows, int64_t columns, T* to, int64_t to_stride) {
  using V = typename Vector<T, bytes>::type;
  using Loose = typename Vector<T, bytes>::loose;
  constexpr int lanes = Vector<T, bytes>::lanes;
  V block[lanes];
  for (int64_t l = 0; l < lanes; ++l) {
    block[l] = V{};
    if (l < rows && columns >= lanes) block[l] = *reinterpret_cast<const Loose*>(from + l * stride);
    for (int64_t c = 0; l < rows && columns < lanes && c < columns; ++c) block[l][c] = from[l * stride + c];
  }
  turn<T, bytes>(block);
  for (int64_t l = 0; l < lanes; ++l) *reinterpret_cast<V*>(to + l * to_stride) = block[l];
}

// The other way: of the turned block at `from` those `rows` and `columns` that `to` has.
template <int bytes, typename T>
PX_INLINE void turn_out(const T* from, int64_t stride, T* to, int64_t to_stride, int64_t rows, int64_t columns) {
  using V = typename Vector<T, bytes>::type;
  using Loose = typename Vector<T, bytes>::loose;
  constexpr int lanes = Vector<T, bytes>::lanes;
  V block[lanes];
  for (int64_t l = 0; l < lanes; ++l) block[l] = *reinterpret_cast<const V*>(from + l * stride);
  turn<T, bytes>(block);
  for (int64_t l = 0; l < lanes && l < rows; ++l) {
    if (columns >= lanes) *reinterpret_cast<Loose*>(to + l * to_stride) = block[l];
    for (int64_t c = 0; columns < lanes && c < columns; ++c) to[l * to_stride + c] = block[l][c];
  }
}

}  // namespace pyexplain::cpu
