#include "head.hpp"

namespace pyexplain::cpu {

template <typename T>
void bpr_loss(const BprLoss<T>& a) {
#pragma omp parallel for schedule(static) if (a.n > 4096)
  for (std::int64_t b = 0; b < a.n; ++b) a.terms[b] = bpr_term(a, b);
  double sum = 0;
  for (std::int64_t b = 0; b < a.n; ++b) sum += static_cast<double>(a.terms[b]);
  *a.loss = static_cast<T>(sum);
}

template void bpr_loss(const BprLoss<float>&);
template void bpr_loss(const BprLoss<double>&);

}  // namespace pyexplain::cpu
