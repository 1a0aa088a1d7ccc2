// What every operator is made of. An operator is a struct of arrays and numbers (in one of csrc/*.hpp, with the mathematics of a
// row), cpu::NAME(struct) and, where there is a kernel, cuda::NAME(struct, stream). Arrays are row-major and the caller's; rows
// are shared out over threads, and no two threads write to one row, so results have the same bits for any number of threads. On
// the GPU nothing is allocated and nothing synchronises; on the processor what is allocated is a few kilobytes: scalars that rows
// share, room to work in.
#pragma once

#include <cstdint>

// The names by which a caller gives the fields of a struct: its own. A field that is a view of several arrays gives its name to
// theirs (user_rows: user_rows_offsets, ...); one that is another operator's struct does not.
#define PX_FIELDS(...)                \
  template <typename Visit>           \
  void fields(Visit& visit) {         \
    visit(#__VA_ARGS__, __VA_ARGS__); \
  }
#define PX_VIEW(...)                    \
  static constexpr bool is_view = true; \
  PX_FIELDS(__VA_ARGS__)

#if defined(__CUDACC__)
#define PX_INLINE __host__ __device__ __forceinline__
#else
#define PX_INLINE inline __attribute__((always_inline))
#endif

// After a lambda's parameters: part of the loop that calls it, compiled for the same instructions.
#if defined(__CUDACC__)
#define PX_LAMBDA
#else
#define PX_LAMBDA __attribute__((always_inline))
#endif

// One build for old and new processors: the loader picks the clone that the processor can run. The names are levels of features:
// a name like arch=haswell would be picked on a Haswell alone, and on no newer processor.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define PX_HAS_CLONES 1
#define PX_CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
// The same by hand, for functions that are written once for each width of a register.
#define PX_BASE __attribute__((target("default")))
#define PX_AVX2 __attribute__((target("arch=x86-64-v3")))
#define PX_AVX512 __attribute__((target("arch=x86-64-v4")))
#else
#define PX_CLONES
#define PX_BASE
#endif

// In front of a loop over one row: its turns do not depend on one another.
#if defined(__CUDACC__) || !defined(_OPENMP)
#define PX_SIMD
#else
#define PX_SIMD _Pragma("omp simd")
#endif

// In front of a short loop with a known number of turns inside such a loop, which can only be vectorised without it.
#if defined(__CUDACC__)
#define PX_UNROLL _Pragma("unroll")
#elif defined(__GNUC__) && !defined(__clang__)
#define PX_UNROLL _Pragma("GCC unroll 16")
#else
#define PX_UNROLL
#endif

#if !defined(__CUDACC__)
namespace pyexplain::cpu {

// Below this many elements, waking the threads costs more than they save.
constexpr std::int64_t kWorthThreads = 1 << 15;

// Asks for a row of n numbers that will be read soon.
template <typename T>
PX_INLINE void prefetch(const T* row, std::int64_t n) {
  const char* at = reinterpret_cast<const char*>(row);
  for (std::int64_t byte = 0; byte < n * static_cast<std::int64_t>(sizeof(T)); byte += 64) __builtin_prefetch(at + byte);
}

// The sum of the products of two rows of n numbers.
template <typename T>
PX_INLINE T dot(const T* one, const T* two, std::int64_t n) {
  T sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::int64_t c = 0; c < n; ++c) sum += one[c] * two[c];
  return sum;
}

}  // namespace pyexplain::cpu
#endif
