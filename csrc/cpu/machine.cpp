#include "machine.hpp"

#include "portable.hpp"

#if defined(_OPENMP)
#include <omp.h>
#endif
#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace pyexplain::cpu {

int threads() {
#if defined(_OPENMP)
  return omp_get_max_threads();
#else
  return 1;
#endif
}

#if defined(PX_HAS_CLONES)
namespace {
// Picked by the very rule that picks the clones.
__attribute__((target("default"))) const char* picked() { return "baseline"; }
__attribute__((target("arch=x86-64-v3"))) const char* picked() { return "avx2"; }
__attribute__((target("arch=x86-64-v4"))) const char* picked() { return "avx512"; }
}  // namespace
#endif

const char* instruction_set() {
#if defined(PX_HAS_CLONES)
  return picked();
#else
  return "baseline";
#endif
}

const char* vendor() {
#if defined(__x86_64__) && defined(__GNUC__)
  if (__builtin_cpu_is("amd")) return "amd";
  if (__builtin_cpu_is("intel")) return "intel";
#endif
  return "other";
}

bool large_pages(std::uintptr_t address, std::int64_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  constexpr std::uintptr_t kPage = 1 << 21;
  constexpr int kCollapse = 25;  // MADV_COLLAPSE: Linux 6.1 and newer, an error elsewhere
  const std::uintptr_t begin = (address + kPage - 1) / kPage * kPage, end = (address + bytes) / kPage * kPage;
  if (begin >= end || madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE) != 0) return false;
  madvise(reinterpret_cast<void*>(begin), end - begin, kCollapse);
  return true;
#else
  (void)address, (void)bytes;
  return false;
#endif
}

}  // namespace pyexplain::cpu
