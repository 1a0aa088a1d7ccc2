#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "half_space_row.hpp"
#include "perturbation.hpp"

namespace pyexplain::cpu {
namespace {

// One row, in units that cost alike: x = delta * scale, and the slopes, g, and ends of the box in these.
template <typename T>
struct Row {
  const CheapestFlip<T>* of;
  const T* gradient;
  T *scale, *g, *low, *high;  // [s]; of what goes whole, high is 0
  T *box_low, *box_high;      // [s]: the box of the others alone
  T *x, *best, *rest, *trial;
  T* lost;
  T start;
  const std::uint8_t* whole;
  std::int64_t s;
  std::vector<std::int64_t>* order;
  std::vector<T>* together;
};

template <typename T>
PX_INLINE bool is_whole(const Row<T>& row, int64_t k) {
  return row.whole && row.whole[k];
}

template <typename T>
PX_INLINE T margin_at(const Row<T>& row, const T* x) {
  T sum = 0;
  for (int64_t k = 0; k < row.s; ++k) sum += row.gradient[k] * (x[k] / row.scale[k]);
  return row.start + sum;
}

template <typename T>
PX_INLINE T cost_of(const CheapestFlip<T>& a, const T* x, int64_t s) {
  T sum = 0, squares = 0;
  for (int64_t k = 0; k < s; ++k) {
    sum += std::fabs(x[k]);
    squares += x[k] * x[k];
  }
  return a.l1 * sum + a.l2 * squares;
}

template <typename T>
PX_INLINE int64_t first_at_least(const std::vector<T>& rising, T wanted) {
  int64_t at = 0;
  const int64_t n = static_cast<int64_t>(rising.size());
  while (at < n && !(rising[static_cast<std::size_t>(at)] >= wanted)) ++at;
  return at;
}

// What goes whole and helps, the most helpful first, and what none, the first, the first two, ... of them bring together.
template <typename T>
PX_INLINE void sort_whole(const Row<T>& row) {
  std::vector<int64_t>& order = *row.order;
  order.clear();
  for (int64_t k = 0; k < row.s; ++k)
    if (is_whole(row, k) && -row.g[k] * row.low[k] > T(0)) order.push_back(k);
  std::stable_sort(order.begin(), order.end(),
                   [&row](int64_t a, int64_t b) { return row.g[a] * row.low[a] < row.g[b] * row.low[b]; });
  double sum = 0;
  row.together->assign(1, T(0));
  for (const int64_t k : order) row.together->push_back(static_cast<T>(sum += static_cast<double>(-row.g[k] * row.low[k])));
}

// x, the cheapest with g . x <= c; where nothing does, as far as it goes. Counts of whole ones are gone through to the first that
// costs more, for the cost is convex in them. Returns through row.x.
template <typename T>
PX_INLINE void cheapest_mixed(const Row<T>& row, T c) {
  const CheapestFlip<T>& a = *row.of;
  const std::vector<T>& together = *row.together;
  const int64_t known = static_cast<int64_t>(together.size());  // K + 1
  const T infinity = std::numeric_limits<T>::infinity();
  const T gamma = std::max(a.gamma, T(-2) * a.flipped), spare = gamma + T(2) * a.flipped;
  T least = 0, reach = 0;
  for (int64_t k = 0; k < row.s; ++k) {
    if (is_whole(row, k) && row.low[k] < least) least = row.low[k];
    const T corner = row.g[k] > T(0) ? row.box_low[k] : row.g[k] < T(0) ? row.box_high[k] : T(0);
    row.rest[k] = corner;
    reach += row.g[k] * corner;
  }
  const T price = cost_of(a, &least, 1);
  const int64_t alone = first_at_least(together, -c - spare);  // how many whole ones do without any other
  const bool never = alone == known;
  int64_t count = 0;
  while (count < known && !(together[static_cast<std::size_t>(count)] - reach >= -c)) ++count;
  int64_t best = alone;
  T best_cost = never ? infinity : price * static_cast<T>(alone), before = infinity;
  if (!never) std::fill(row.rest, row.rest + row.s, T(0));
  const HalfSpaceRow<T> half{row.g, row.box_low, row.box_high, row.s, a.l1, a.l2, T(0.5) / a.l2};
  for (bool falling = true; falling && count < std::min(alone, known); ++count) {
    T cost, multiplier;
    solve_half_space(half, c + together[static_cast<std::size_t>(count)], row.trial, &cost, &multiplier);
    cost += price * static_cast<T>(count);
    if (cost < best_cost) {
      best = count;
      best_cost = cost;
      std::copy(row.trial, row.trial + row.s, row.rest);
    }
    falling = cost < before;  // once it rises, it goes on rising
    before = cost;
  }
  best = std::min(best, known - 1);
  std::copy(row.rest, row.rest + row.s, row.x);
  for (int64_t k = 0; k < row.s; ++k)
    if (is_whole(row, k)) row.x[k] = T(0);
  for (int64_t at = 0; at < best; ++at)
    row.x[(*row.order)[static_cast<std::size_t>(at)]] = row.low[(*row.order)[static_cast<std::size_t>(at)]];
}

// The cheapest seen that flips, in row.best; where none does, the one with the smallest margin.
template <typename T>
PX_INLINE void steps(const Row<T>& row) {
  const CheapestFlip<T>& a = *row.of;
  const T infinity = std::numeric_limits<T>::infinity(), gamma = std::max(a.gamma, T(-2) * a.flipped);
  T best_cost = infinity, best_margin = infinity;
  std::fill(row.x, row.x + row.s, T(0));
  for (int64_t step = 0;; ++step) {
    const T margin = margin_at(row, row.x), cost = cost_of(a, row.x, row.s), known = best_cost;
    const bool flipped = margin < a.flipped, none = std::isinf(known);
    if (flipped ? cost < known : none && margin < best_margin) {
      std::copy(row.x, row.x + row.s, row.best);
      best_margin = margin;
      if (flipped) best_cost = cost;
    }
    if (step == a.steps || !(none || (flipped && cost < a.cheaper * known))) break;
    T along = 0;
    for (int64_t k = 0; k < row.s; ++k) along += row.g[k] * row.x[k];
    cheapest_mixed(row, -gamma - margin + along);
  }
}

template <typename T>
PX_INLINE int64_t changed_in(const T* x, int64_t s) {
  int64_t count = 0;
  for (int64_t k = 0; k < s; ++k) count += x[k] != T(0);
  return count;
}

// Parts of row.best put back while the order stays flipped, the largest saving first, until each that is left is needed.
template <typename T>
PX_INLINE void prune(const Row<T>& row) {
  const CheapestFlip<T>& a = *row.of;
  if (changed_in(row.best, row.s) < 2 || !(margin_at(row, row.best) < a.flipped)) return;
  T most = T(1e-30);
  for (int64_t k = 0; k < row.s; ++k) {
    const T pull = -row.g[k] * row.best[k];
    row.lost[k] = pull > T(0) ? pull : T(0);
    most = std::max(most, row.lost[k]);
  }
  std::vector<int64_t>& order = *row.order;
  bool open = true;
  while (open && changed_in(row.best, row.s) > 1) {
    open = false;
    T* saving = row.trial;
    order.clear();
    for (int64_t k = 0; k < row.s; ++k) {
      const T size = std::fabs(row.best[k]);
      saving[k] = (a.l1 * size + a.l2 * size * size) * (T(1) - T(1e-3) * (row.lost[k] / most));
      if (size > T(0)) order.push_back(k);
    }
    std::stable_sort(order.begin(), order.end(), [saving](int64_t one, int64_t two) { return saving[one] > saving[two]; });
    for (const int64_t k : order) {
      const T kept = row.best[k];
      row.best[k] = T(0);
      if (margin_at(row, row.best) < a.flipped)
        open = true;
      else
        row.best[k] = kept;
    }
  }
}

// room [11 s].
template <typename T>
PX_INLINE void solve(const CheapestFlip<T>& a, int64_t r, T* room, std::vector<int64_t>* order, std::vector<T>* together) {
  const int64_t at = a.offsets[r], s = a.offsets[r + 1] - at;
  T* parts[11];
  for (int64_t part = 0; part < 11; ++part) parts[part] = room + part * s;
  const Row<T> row{&a,       a.gradient + at, parts[0],  parts[1],   parts[2],
                   parts[3], parts[4],        parts[5],  parts[6],   parts[7],
                   parts[8], parts[9],        parts[10], a.start[r], a.whole ? a.whole + at : nullptr,
                   s,        order,           together};
  for (int64_t k = 0; k < s; ++k) {
    const bool goes = is_whole(row, k);
    row.scale[k] = goes ? a.unit / std::max(-a.low[at + k], T(1e-12)) : T(1);
    row.g[k] = row.gradient[k] / row.scale[k];
    row.low[k] = a.low[at + k] * row.scale[k];
    row.high[k] = a.high[at + k] * row.scale[k];
    row.box_low[k] = goes ? T(0) : row.low[k];
    row.box_high[k] = goes ? T(0) : row.high[k];
  }
  sort_whole(row);
  steps(row);
  prune(row);
  T sum = 0;
  for (int64_t k = 0; k < s; ++k) {
    const T moved = row.best[k] / row.scale[k];
    const T exact = is_whole(row, k) && moved != T(0) ? a.low[at + k] : moved;  // whole to the bit
    a.delta[at + k] = exact;
    sum += row.gradient[k] * exact;
  }
  a.margin[r] = row.start + sum;
}

PX_CLONES void solve_row(const CheapestFlip<float>& a, int64_t r, float* room, std::vector<int64_t>* order,
                         std::vector<float>* together) {
  solve(a, r, room, order, together);
}
PX_CLONES void solve_row(const CheapestFlip<double>& a, int64_t r, double* room, std::vector<int64_t>* order,
                         std::vector<double>* together) {
  solve(a, r, room, order, together);
}

}  // namespace

template <typename T>
void cheapest_flip(const CheapestFlip<T>& a) {
  int64_t widest = 1;
  for (int64_t r = 0; r < a.n; ++r) widest = std::max(widest, a.offsets[r + 1] - a.offsets[r]);
  const bool many = a.n > 1 && a.offsets[a.n] * 64 > kWorthThreads;
#pragma omp parallel if (many)
  {
    std::vector<T> room(static_cast<std::size_t>(11 * widest)), together;
    std::vector<int64_t> order;
#pragma omp for schedule(static)
    for (int64_t r = 0; r < a.n; ++r) solve_row(a, r, room.data(), &order, &together);
  }
}

template void cheapest_flip(const CheapestFlip<float>&);
template void cheapest_flip(const CheapestFlip<double>&);

}  // namespace pyexplain::cpu
