// Dropout whose draws are a function of a seed and a place alone: nothing is stored between the way there and the way back, and
// neither threads nor the order of work matter.
#pragma once

#include "portable.hpp"

namespace pyexplain {

template <typename T>
struct Dropout {
  T* x;  // [n], changed in place
  std::int64_t n;
  std::int64_t first;            // the place of x[0] in the draws
  std::int64_t seed, threshold;  // an entry is kept where its 32 bits reach the threshold
  T scale;                       // what a kept entry is multiplied by
  PX_FIELDS(x, n, first, seed, threshold, scale)
};

// Dropout of a batch's terms in one go: x has the rows of the preferred items of all terms, then those of the others; a term's
// draws run from its seed through its own rows, those of preferred items first.
template <typename T>
struct DropoutTerms {
  T* x;                              // [2n, width], changed in place
  const std::int64_t *seeds, *ends;  // [terms], on the host whatever the device; ends: the row behind each term, the last n
  std::int64_t terms, width, threshold;
  T scale;
  PX_FIELDS(x, seeds, ends, terms, width, threshold, scale)
};

// 32 bits for a place: the finaliser of MurmurHash3 (Appleby, public domain) over two words of seed.
PX_INLINE std::uint32_t dropout_bits(std::uint32_t place, std::uint32_t low, std::uint32_t high) {
  std::uint32_t h = place * 0x9E3779B1u + low;
  h ^= h >> 16;
  h *= 0x85EBCA6Bu;
  h ^= high;
  h ^= h >> 13;
  h *= 0xC2B2AE35u;
  return h ^ (h >> 16);
}

PX_INLINE std::uint32_t dropout_bits_of(std::int64_t place, std::int64_t seed) {
  const auto whole = static_cast<std::uint64_t>(seed);
  return dropout_bits(static_cast<std::uint32_t>(place), static_cast<std::uint32_t>(whole),
                      static_cast<std::uint32_t>(whole >> 32));
}

template <typename T>
PX_INLINE void drop(const Dropout<T>& a, std::int64_t i) {
  const std::uint32_t bits = dropout_bits_of(a.first + i, a.seed);
  a.x[i] = bits >= static_cast<std::uint32_t>(a.threshold) ? a.x[i] * a.scale : T(0);
}

namespace cpu {
template <typename T>
void dropout(const Dropout<T>&);
template <typename T>
void dropout_terms(const DropoutTerms<T>&);
}  // namespace cpu

namespace cuda {
template <typename T>
void dropout(const Dropout<T>&, void* stream);
template <typename T>
void dropout_terms(const DropoutTerms<T>&, void* stream);
}  // namespace cuda

}  // namespace pyexplain
