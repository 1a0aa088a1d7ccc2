// Operators on the GPU: the same arrays, in device memory, on the caller's stream. Nothing is allocated, nothing synchronises;
// a launch that fails throws std::runtime_error.
#pragma once

#include <cstdint>

#include "adam_perturbation.hpp"
#include "adam_rows.hpp"
#include "bpr_loss.hpp"
#include "dropout.hpp"
#include "pair_features.hpp"

namespace pyexplain::cuda {

template <typename T>
void half_space(const T* g, const T* c, const T* low, const T* high, std::int64_t n, std::int64_t p, T l1, T l2, T* d, T* cost,
                T* multiplier, std::uint8_t* flag, void* stream);

template <typename T>
void adversarial(const T* g, std::int64_t n, std::int64_t p, T radius, T* delta, void* stream);

template <typename T>
void pair_features(const PairFeatures<T>&, void* stream);

template <typename T>
void pair_features_backward(const PairFeaturesBackward<T>&, void* stream);

template <typename T>
void bpr_loss(const BprLoss<T>&, void* stream);

template <typename T>
void adam_rows(const AdamRows<T>&, void* stream);

template <typename T>
void adam_perturbation_step(const AdamPerturbation<T>&, void* stream);

template <typename T>
void dropout(const Dropout<T>&, void* stream);

}  // namespace pyexplain::cuda
