// A block's threads as fibers of one thread: how one is begun, left and entered again. launches.cpp says which goes when.
#pragma once

#include <ucontext.h>

#include "running.hpp"

namespace pyexplain::emulated {

constexpr unsigned kMostThreads = 128;
enum class State { kReady, kAtWarp, kAtBlock, kDone };

struct Fiber {
  void* back[5] = {};  // where it left off, for __builtin_longjmp
  bool begun = false;
  ucontext_t entry;
  State state = State::kDone;
  const char* file = "";
  int line = 0;
  unsigned exchanges = 0;
};

extern Fiber fibers[kMostThreads];
inline Fiber& current() { return fibers[running.thread]; }

void runs(const std::function<void()>& body);  // what fibers run from now on, once for each block
void prepare(Fiber& fiber);                    // to run it for another block
void enter(Fiber& to);                         // until it waits or ends
void to_scheduler(Fiber& from, State state);   // called by the fiber itself

}  // namespace pyexplain::emulated
