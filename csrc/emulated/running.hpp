// What the parts of the emulation share: who runs, and what has gone wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cuda_runtime.h"

namespace pyexplain::emulated {

// Where the running fiber stands. launch: counted over the process; epoch: barriers that its block has passed.
struct Running {
  bool inside = false, looking = true;
  std::int64_t launch = 0, block = 0, epoch = 0;
  unsigned thread = 0;
};
extern Running running;

[[noreturn]] void fault(const std::string& what);  // from within a fiber: ends the launch
bool on_a_stack(const void* address);              // of a fiber: its own variables
bool in_shared_room(const void* address);

// For tests.
void schedule(unsigned seed);              // of all launches from now on
void look_for_races(bool on);              // on unless told; off runs faster
std::vector<std::string> take_launches();  // names since it was asked last

}  // namespace pyexplain::emulated
