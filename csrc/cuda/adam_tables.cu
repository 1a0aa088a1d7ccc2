#include "../adam.hpp"
#include "adam_block.cuh"

namespace pyexplain::cuda {
namespace {

template <typename T>
__global__ void rows(const __grid_constant__ AdamPlan<T> plan) {
  const std::int64_t block = blockIdx.x;
  int table = 0;
  while (block >= plan.first[table + 1]) ++table;
  AdamRows<T> own = plan.tables[table];
  AdamStep<T> step = plan.steps[table];
  if (plan.now) {
    own.step += static_cast<std::int64_t>(plan.now[0]);
    step.step_size = T(plan.now[1]);
    step.inverse_root_bias2 = T(plan.now[2]);
  }
  adam_row(own, step, block - plan.first[table], plan.log1, plan.log2);
}

}  // namespace

template <typename T>
void adam_tables(const AdamTables<T>& a, void* stream) {
  for (std::int64_t begin = 0; begin < a.tables; begin += kMostTables) {
    AdamPlan<T> plan{};
    plan.now = a.now;
    plan.log1 = std::log(a.beta1);
    plan.log2 = std::log(a.beta2);
    const int count = static_cast<int>(a.tables - begin < kMostTables ? a.tables - begin : kMostTables);
    for (int number = 0; number < count; ++number) {
      plan.tables[number] = rows_of(a, begin + number);
      plan.steps[number] = adam_step(plan.tables[number]);
      plan.first[number + 1] = plan.first[number] + plan.tables[number].n;
    }
    launch("adam_tables", rows<T>, plan.first[count], stream, plan);
  }
}

template void adam_tables(const AdamTables<float>&, void*);
template void adam_tables(const AdamTables<double>&, void*);

}  // namespace pyexplain::cuda
