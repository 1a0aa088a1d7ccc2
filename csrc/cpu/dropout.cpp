#include "head.hpp"

namespace pyexplain::cpu {
namespace {

using std::int64_t;

constexpr int64_t kBlock = 4096;

template <typename T>
PX_INLINE void block(const Dropout<T>& a, int64_t begin, int64_t end) {
  const Dropout<T> own = a;  // a copy that no store through x can change
  PX_SIMD for (int64_t i = begin; i < end; ++i) drop(own, i);
}

PX_CLONES void drop_block(const Dropout<float>& a, int64_t begin, int64_t end) { block(a, begin, end); }
PX_CLONES void drop_block(const Dropout<double>& a, int64_t begin, int64_t end) { block(a, begin, end); }

}  // namespace

template <typename T>
void dropout(const Dropout<T>& a) {
#pragma omp parallel for schedule(static) if (a.n > kWorthThreads)
  for (int64_t begin = 0; begin < a.n; begin += kBlock) drop_block(a, begin, begin + kBlock < a.n ? begin + kBlock : a.n);
}

template <typename T>
void dropout_terms(const DropoutTerms<T>& a) {
  const int64_t half = a.terms > 0 ? a.ends[a.terms - 1] : 0;
  for (int64_t term = 0, begin = 0; term < a.terms; begin = a.ends[term++]) {
    const int64_t n = (a.ends[term] - begin) * a.width, seed = (a.there ? a.there : a.seeds)[term];
    dropout(Dropout<T>{a.x + begin * a.width, n, 0, seed, a.threshold, a.scale});
    dropout(Dropout<T>{a.x + (half + begin) * a.width, n, n, seed, a.threshold, a.scale});
  }
}

template void dropout(const Dropout<float>&);
template void dropout(const Dropout<double>&);
template void dropout_terms(const DropoutTerms<float>&);
template void dropout_terms(const DropoutTerms<double>&);

}  // namespace pyexplain::cpu
