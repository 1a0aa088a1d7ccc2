#include "../head.hpp"
#include "launch.cuh"

namespace pyexplain::cuda {
namespace {

constexpr int kMostTerms = 8;
constexpr int kEach = 4;  // entries of a thread

// Some terms of one launch, in both halves.
template <typename T>
struct TermsHere {
  T* x;
  std::int64_t seeds[kMostTerms], ends[kMostTerms + 1];  // ends[0]: where the first begins
  const std::int64_t* there;                             // seeds on the card in place of these, or null
  std::int64_t terms, width, half, threshold;
  T scale;
};

// A row a block.
template <typename T>
__global__ void rows(const __grid_constant__ TermsHere<T> a) {
  const std::int64_t here = a.ends[a.terms] - a.ends[0], block = blockIdx.x;
  const bool other = block >= here;
  const std::int64_t row = a.ends[0] + block - (other ? here : 0);
  int term = 0;
  while (row >= a.ends[term + 1]) ++term;
  const std::int64_t begin = a.ends[term], size = a.ends[term + 1] - begin;
  const Dropout<T> own{a.x + (row + (other ? a.half : 0)) * a.width, a.width,     (row - begin + (other ? size : 0)) * a.width,
                       a.there ? a.there[term] : a.seeds[term],      a.threshold, a.scale};
  for (std::int64_t c = threadIdx.x; c < a.width; c += kThreads) drop(own, c);
}

template <typename T>
__global__ void entries(Dropout<T> a) {
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * kEach * kThreads + threadIdx.x;
  T x[kEach];
  PX_UNROLL for (int e = 0; e < kEach; ++e) {  // all are on their way before the first is waited for
    const std::int64_t i = first + e * kThreads;
    x[e] = i < a.n ? a.x[i] : T(0);
  }
  PX_UNROLL for (int e = 0; e < kEach; ++e) {
    const std::int64_t i = first + e * kThreads;
    if (i < a.n) a.x[i] = dropped(a, i, x[e]);
  }
}

}  // namespace

template <typename T>
void dropout(const Dropout<T>& a, void* stream) {
  launch("dropout", entries<T>, blocks_of((a.n + kEach - 1) / kEach), stream, a);
}

template <typename T>
void dropout_terms(const DropoutTerms<T>& a, void* stream) {
  for (std::int64_t first = 0; first < a.terms; first += kMostTerms) {
    TermsHere<T> here{a.x,
                      {},
                      {},
                      a.there ? a.there + first : nullptr,
                      a.terms - first < kMostTerms ? a.terms - first : kMostTerms,
                      a.width,
                      a.ends[a.terms - 1],
                      a.threshold,
                      a.scale};
    here.ends[0] = first > 0 ? a.ends[first - 1] : 0;
    for (std::int64_t term = 0; term < here.terms; ++term) {
      here.seeds[term] = a.there ? 0 : a.seeds[first + term];
      here.ends[term + 1] = a.ends[first + term];
    }
    launch("dropout_terms", rows<T>, 2 * (here.ends[here.terms] - here.ends[0]), stream, here);
  }
}

template void dropout(const Dropout<float>&, void*);
template void dropout(const Dropout<double>&, void*);
template void dropout_terms(const DropoutTerms<float>&, void*);
template void dropout_terms(const DropoutTerms<double>&, void*);

}  // namespace pyexplain::cuda
