#include <algorithm>

#include "perturbation.hpp"

namespace pyexplain::cpu {
namespace {

constexpr std::int64_t kPiece = 4096;

template <typename T>
PX_INLINE void piece(const AdamPerturbationStep<T>& a, std::int64_t begin, std::int64_t end) {
  PX_SIMD for (std::int64_t at = begin; at < end; ++at) adam_perturbation(a, at);
}

PX_CLONES void run(const AdamPerturbationStep<float>& a, std::int64_t begin, std::int64_t end) { piece(a, begin, end); }
PX_CLONES void run(const AdamPerturbationStep<double>& a, std::int64_t begin, std::int64_t end) { piece(a, begin, end); }

}  // namespace

template <typename T>
void adam_perturbation_step(const AdamPerturbationStep<T>& a) {
#pragma omp parallel for schedule(static) if (a.size > kWorthThreads)
  for (std::int64_t begin = 0; begin < a.size; begin += kPiece) run(a, begin, std::min(a.size, begin + kPiece));
}

template void adam_perturbation_step(const AdamPerturbationStep<float>&);
template void adam_perturbation_step(const AdamPerturbationStep<double>&);

}  // namespace pyexplain::cpu
