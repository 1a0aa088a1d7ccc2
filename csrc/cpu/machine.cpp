#include "machine.hpp"

#include "portable.hpp"

#if defined(_OPENMP)
#include <omp.h>
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

}  // namespace pyexplain::cpu
