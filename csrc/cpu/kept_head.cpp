#include "kept_head.hpp"

#include "cpu/kept_kernels.hpp"

namespace pyexplain::cpu {
namespace {

int64_t blocks(int64_t n) { return (n + kTile - 1) / kTile; }

// Panels of [rows, H], one behind the other: of kMostVectors vectors, the last of what is left.
template <typename T, int bytes>
struct Panels {
  static constexpr int lanes = Vector<T, bytes>::lanes;
  int64_t vectors, rows;

  int64_t n() const { return (vectors + kMostVectors - 1) / kMostVectors; }
  int64_t width_of(int64_t q) const { return std::min<int64_t>(kMostVectors, vectors - q * kMostVectors); }
  int64_t first(int64_t q) const { return q * kMostVectors * lanes; }  // hidden unit
  int64_t at(int64_t q, int64_t row) const { return first(q) * rows + row * width_of(q) * lanes; }
};

template <typename T>
int64_t filled(const KeptHead<T>& a) {
  return (a.h + 31) / 32 * 32;
}

template <typename T, int bytes>
PX_INLINE Panels<T, bytes> panels(const KeptHead<T>& a, int64_t rows) {
  return {filled(a) / Vector<T, bytes>::lanes, blocks(rows) * kTile};
}

// Block j of W1's columns, turned, as rows of the map.
template <typename T, int bytes>
PX_INLINE void lay_out(const KeptHead<T>& a, int64_t j) {
  constexpr int lanes = Vector<T, bytes>::lanes;
  const Panels<T, bytes> map = panels<T, bytes>(a, a.k);
  for (int64_t q = 0; q < map.n(); ++q) {
    for (int64_t v = 0; v < map.width_of(q); ++v) {
      const int64_t unit = map.first(q) + v * lanes;
      for (int64_t c = j * kTile; c < (j + 1) * kTile; c += lanes) {
        T* to = a.room.map + map.at(q, c) + v * lanes;
        turn_in<bytes>(a.W1 + unit * a.k + c, a.k, a.h - unit, a.k - c, to, map.width_of(q) * lanes);
      }
    }
  }
}

// Block i of rows: dropout, hidden units and scores.
template <typename T, int bytes>
PX_INLINE void forward(const KeptHead<T>& a, int64_t i) {
  using V = typename Vector<T, bytes>::type;
  constexpr int lanes = Vector<T, bytes>::lanes;
  const Panels<T, bytes> map = panels<T, bytes>(a, a.k), hidden = panels<T, bytes>(a, a.n);
  const int64_t across = blocks(a.k), here = std::min(kTile, a.n - i * kTile);
  for (int64_t j = 0; j < across; ++j) {
    const int64_t tile = i * across + j;
    list_tile<T, bytes>(a, i, j, tile_of(a.room.by_row, tile), tile_of(a.room.by_column, tile));
  }
  V sums[kTile];
  for (int64_t r = 0; r < here; ++r) sums[r] = V{};
  for (int64_t q = 0; q < map.n(); ++q) {
    T* out = a.room.hidden + hidden.at(q, i * kTile);
    with_vectors(map.width_of(q), [&](auto n) PX_LAMBDA {
      for (int64_t j = 0; j < across; ++j) {
        const T *rows = a.room.map + map.at(q, j * kTile), *start = j ? nullptr : a.room.padded + map.first(q);
        add_entries<bytes, n>(tile_of(a.room.by_row, i * across + j), here, rows, rows + kTile * n * lanes, start, out);
      }
    });
    const int64_t width = map.width_of(q);
    for (int64_t r = 0; r < here; ++r) {
      read_out<bytes>(width, out + r * width * lanes, a.room.padded + filled(a) + map.first(q), sums[r]);
    }
  }
  for (int64_t r = 0; r < here; ++r) {
    T score = *a.b2;
    for (int l = 0; l < lanes; ++l) score += sums[r][l];
    a.scores[i * kTile + r] = score;
  }
}

// Row `row` of the gradient of x, from those of its entries.
template <typename T>
PX_INLINE void spread(const KeptHeadBackward<T>& a, int64_t i, int64_t r) {
  const KeptHead<T>& f = a.forward;
  T* to = a.grad_x + (i * kTile + r) * f.k;
  std::fill_n(to, f.k, T(0));
  for (int64_t j = 0; j < blocks(f.k); ++j) {
    const TileLists<T> lists = tile_of(f.room.by_row, i * blocks(f.k) + j);
    for (int64_t e = lists.starts[r]; e < lists.starts[r + 1]; ++e) to[j * kTile + lists.places[e]] = lists.values[e] * f.scale;
  }
}

// Block i of rows: the gradients of its hidden units and of x, and what it adds to those of w2 and b1.
template <typename T, int bytes>
PX_INLINE void backward(const KeptHeadBackward<T>& a, int64_t i) {
  constexpr int lanes = Vector<T, bytes>::lanes;
  const KeptHead<T>& f = a.forward;
  const Panels<T, bytes> map = panels<T, bytes>(f, f.k), hidden = panels<T, bytes>(f, f.n);
  const int64_t across = blocks(f.k), here = std::min(kTile, f.n - i * kTile), H = filled(f);
  T* sums = f.room.sums + 2 * i * H;
  for (int64_t q = 0; q < map.n(); ++q) {
    T* own = f.room.hidden + hidden.at(q, i * kTile);
    const T* w2 = f.room.padded + H + map.first(q);
    through_relu<bytes>(here, map.width_of(q) * lanes, a.grad + i * kTile, w2, own, sums + map.first(q), sums + H + map.first(q));
    with_vectors(map.width_of(q), [&](auto n) PX_LAMBDA {
      for (int64_t j = 0; j < across; ++j) {
        const TileLists<T> lists = tile_of(f.room.by_row, i * across + j);
        const T* rows = f.room.map + map.at(q, j * kTile);
        multiply_entries<bytes, n>(lists, here, rows, rows + kTile * n * lanes, own, q == 0);
      }
    });
  }
  for (int64_t r = 0; r < here; ++r) spread(a, i, r);
}

// Panel q of the gradient of W1, block j of its columns.
template <typename T, int bytes>
PX_INLINE void weights(const KeptHeadBackward<T>& a, int64_t q, int64_t j) {
  constexpr int lanes = Vector<T, bytes>::lanes;
  const KeptHead<T>& f = a.forward;
  const Panels<T, bytes> hidden = panels<T, bytes>(f, f.n);
  const int64_t across = blocks(f.k), width = hidden.width_of(q);
  alignas(64) T sums[kTile * kMostVectors * lanes];
  std::fill_n(sums, kTile * width * lanes, T(0));
  with_vectors(width, [&](auto n) PX_LAMBDA {
    for (int64_t i = 0; i < blocks(f.n); ++i) {
      const TileLists<T> lists = tile_of(f.room.by_column, i * across + j);
      const T* rows = f.room.hidden + hidden.at(q, i * kTile);
      add_entries<bytes, n, T>(lists, kTile, rows, rows + kTile * n * lanes, nullptr, sums);
    }
  });
  for (int64_t v = 0; v < width; ++v) {
    const int64_t unit = hidden.first(q) + v * lanes;
    for (int64_t c = 0; c < kTile; c += lanes) {
      const int64_t column = j * kTile + c;
      turn_out<bytes>(sums + c * width * lanes + v * lanes, width * lanes, a.grad_W1 + unit * f.k + column, f.k, f.h - unit,
                      f.k - column);
    }
  }
}

#define PX_WIDTH_OF(T, bytes, target)                                                               \
  target void lay_out_block(const KeptHead<T>& a, int64_t j) { lay_out<T, bytes>(a, j); }           \
  target void forward_block(const KeptHead<T>& a, int64_t i) { forward<T, bytes>(a, i); }           \
  target void backward_block(const KeptHeadBackward<T>& a, int64_t i) { backward<T, bytes>(a, i); } \
  target int64_t panels_of(const KeptHead<T>& a) { return panels<T, bytes>(a, a.k).n(); }           \
  target void weights_block(const KeptHeadBackward<T>& a, int64_t q, int64_t j) { weights<T, bytes>(a, q, j); }
PX_WIDTH_OF(float, 16, PX_BASE)
PX_WIDTH_OF(double, 16, PX_BASE)
#if defined(PX_HAS_CLONES)
PX_WIDTH_OF(float, 32, PX_AVX2)
PX_WIDTH_OF(double, 32, PX_AVX2)
PX_WIDTH_OF(float, 64, PX_AVX512)
PX_WIDTH_OF(double, 64, PX_AVX512)
#endif
#undef PX_WIDTH_OF

}  // namespace

template <typename T>
void kept_head(const KeptHead<T>& a) {
  const int64_t H = filled(a);
  std::fill_n(a.room.padded, 2 * H, T(0));
  std::copy_n(a.b1, a.h, a.room.padded);
  std::copy_n(a.w2, a.h, a.room.padded + H);
#pragma omp parallel if (a.n * a.k > kWorthThreads)
  {
#pragma omp for schedule(static)
    for (int64_t j = 0; j < blocks(a.k); ++j) lay_out_block(a, j);
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < blocks(a.n); ++i) forward_block(a, i);
  }
}

template <typename T>
void kept_head_backward(const KeptHeadBackward<T>& a) {
  const KeptHead<T>& f = a.forward;
  const int64_t H = filled(f), across = blocks(f.k), tasks = panels_of(f) * across;
#pragma omp parallel if (f.n * f.k > kWorthThreads)
  {
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < blocks(f.n); ++i) backward_block(a, i);
#pragma omp for schedule(dynamic)
    for (int64_t task = 0; task < tasks; ++task) weights_block(a, task / across, task % across);
  }
  std::fill_n(a.grad_w2, f.h, T(0));
  std::fill_n(a.grad_b1, f.h, T(0));
  for (int64_t i = 0; i < blocks(f.n); ++i) {
    const T* sums = f.room.sums + 2 * i * H;
    PX_SIMD for (int64_t u = 0; u < f.h; ++u) {
      a.grad_w2[u] += sums[u];
      a.grad_b1[u] += sums[H + u];
    }
  }
}

template void kept_head(const KeptHead<float>&);
template void kept_head(const KeptHead<double>&);
template void kept_head_backward(const KeptHeadBackward<float>&);
template void kept_head_backward(const KeptHeadBackward<double>&);

}  // namespace pyexplain::cpu
