// Who reads and writes what. The kernels are compiled with -fsanitize=thread, which calls __tsan_readN and __tsan_writeN at every
// access to memory; here these look for what CUDA leaves undefined. Two threads of a block that touch a place between the same
// barriers, or two blocks of a launch, and one of them writes: a race, whatever this schedule made of it. Shared memory that a
// block reads before it wrote there: what the last block left.
#include <link.h>

#include <cstdio>
#include <unordered_map>

#include "running.hpp"

namespace pyexplain::emulated {
namespace {

struct Access {
  std::int64_t block = -1, epoch = -1;
  unsigned thread = 0;
  bool many = false, many_blocks = false;  // threads of that block since that barrier; blocks
};

struct Seen {
  std::int64_t launch = -1;
  Access read, write;
};

std::unordered_map<std::uintptr_t, Seen> places;

struct Range {
  std::uintptr_t from = 0, to = 0;
  bool has(std::uintptr_t at) const { return at >= from && at < to; }
};

// Memory that this module's variables lie in: of a kernel, what it calls __shared__.
int find_variables(dl_phdr_info* info, std::size_t, void* found) {
  const auto here = reinterpret_cast<std::uintptr_t>(&places);
  for (int k = 0; k < info->dlpi_phnum; ++k) {
    const auto& part = info->dlpi_phdr[k];
    const Range range{info->dlpi_addr + part.p_vaddr, info->dlpi_addr + part.p_vaddr + part.p_memsz};
    if (part.p_type == PT_LOAD && range.has(here)) *static_cast<Range*>(found) = range;
  }
  return 0;
}

bool shared(std::uintptr_t at) {
  static const Range variables = [] {
    Range range;
    dl_iterate_phdr(find_variables, &range);
    return range;
  }();
  return variables.has(at) || in_shared_room(reinterpret_cast<const void*>(at));
}

bool conflicts(const Access& other, bool within_block) {
  if (other.block == running.block) return other.epoch == running.epoch && (other.many || other.thread != running.thread);
  return !within_block && other.block >= 0;
}

void note(Access& access) {
  const bool same = access.block == running.block && access.epoch == running.epoch;
  access.many = same && (access.many || access.thread != running.thread);
  access.many_blocks |= access.block >= 0 && access.block != running.block;
  access.block = running.block;
  access.epoch = running.epoch;
  access.thread = running.thread;
}

void touch(const void* address, bool writes) {
  if (!running.inside || !running.looking) return;
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  if (address == &threadIdx || address == &blockIdx || on_a_stack(address)) return;
  const bool within = shared(at);
  Seen& seen = places[at];
  if (seen.launch != running.launch) seen = {running.launch, {}, {}};
  const bool race =
      conflicts(seen.write, within) || (writes && (conflicts(seen.read, within) || (!within && seen.read.many_blocks)));
  const bool unwritten = within && !writes && seen.write.block != running.block;
  if (race || unwritten) {
    char text[160];
    const char* what =
        race ? "a race, two threads at one place and no barrier between" : "shared memory read before it was written";
    std::snprintf(text, sizeof text, "%s (%s, thread %u of block %lld)", what, writes ? "writing" : "reading", running.thread,
                  static_cast<long long>(running.block));
    fault(text);
  }
  note(writes ? seen.write : seen.read);
}

void touch_words(const void* address, std::size_t size, bool writes) {
  for (std::size_t k = 0; k < size; k += 4) touch(static_cast<const char*>(address) + k, writes);
}

}  // namespace
}  // namespace pyexplain::emulated

// The names that the compiler calls.
extern "C" {
#define PX_TOUCHES(name)                                                      \
  void __tsan_read##name(void* at) { pyexplain::emulated::touch(at, false); } \
  void __tsan_write##name(void* at) { pyexplain::emulated::touch(at, true); }
PX_TOUCHES(1)
PX_TOUCHES(2)
PX_TOUCHES(4)
PX_TOUCHES(8)
#undef PX_TOUCHES
void __tsan_read16(void* at) { pyexplain::emulated::touch_words(at, 16, false); }
void __tsan_write16(void* at) { pyexplain::emulated::touch_words(at, 16, true); }
void __tsan_read_range(void* at, std::size_t size) { pyexplain::emulated::touch_words(at, size, false); }
void __tsan_write_range(void* at, std::size_t size) { pyexplain::emulated::touch_words(at, size, true); }
void __tsan_unaligned_read16(void* at) { __tsan_read16(at); }
void __tsan_unaligned_write16(void* at) { __tsan_write16(at); }
void __tsan_vptr_update(void**, void*) {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_init() {}
}
