// Operators on the processor: arrays in, arrays out. Row-major; nothing is allocated; rows are shared out over threads, and no
// two threads write to one row, so results have the same bits for any number of threads.
// (adam_rows, narrow_steepest and narrow_solve allocate a few kilobytes: scalars that rows share, room to work in.)
#pragma once

#include <cstdint>

#include "adam_perturbation.hpp"
#include "adam_rows.hpp"
#include "bpr_loss.hpp"
#include "dropout.hpp"
#include "head.hpp"
#include "narrow.hpp"
#include "pair_features.hpp"
#include "pair_products.hpp"
#include "pair_training.hpp"

namespace pyexplain::cpu {

// g, low, high, d: [n, p]; c, cost, multiplier, flag: [n].
template <typename T>
void half_space(const T* g, const T* c, const T* low, const T* high, std::int64_t n, std::int64_t p, T l1, T l2, T* d, T* cost,
                T* multiplier, std::uint8_t* flag);

// g, delta: [n, p].
template <typename T>
void adversarial(const T* g, std::int64_t n, std::int64_t p, T radius, T* delta);

template <typename T>
void pair_features(const PairFeatures<T>&);

template <typename T>
void pair_features_backward(const PairFeaturesBackward<T>&);

template <typename T>
void pair_training(const PairTraining<T>&);

template <typename T>
void bpr_loss(const BprLoss<T>&);

template <typename T>
void adam_rows(const AdamRows<T>&);

template <typename T>
void adam_perturbation_step(const AdamPerturbation<T>&);

template <typename T>
void head_scores(const HeadScores<T>&);

template <typename T>
void head_gradients(const HeadGradients<T>&);

template <typename T>
void narrow_steepest(const NarrowSteepest<T>&);

template <typename T>
void narrow_slopes(const NarrowSlopes<T>&);

template <typename T>
void narrow_inputs(const NarrowInputs<T>&);

template <typename T>
void narrow_solve(const NarrowSolve<T>&);

template <typename T>
void pair_products(const PairProducts<T>&);

template <typename T>
void dropout(const Dropout<T>&);

// Below this many elements, waking the threads costs more than they save.
constexpr std::int64_t kWorthThreads = 1 << 15;

int threads();                  // of the OpenMP runtime, 1 without one
const char* instruction_set();  // the clone that the loader picked
const char* vendor();           // of the processor: "amd", "intel", or "other"

}  // namespace pyexplain::cpu
