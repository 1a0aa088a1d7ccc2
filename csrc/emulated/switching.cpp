#include "switching.hpp"

#include <memory>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace pyexplain::emulated {

Fiber fibers[kMostThreads];
Running running;

namespace {

constexpr std::size_t kStack = 1 << 16;
const std::unique_ptr<char[]> stacks(new char[kMostThreads * kStack]);
void* scheduler[5];
const std::function<void()>* body;

#if defined(__SANITIZE_ADDRESS__)
const void* main_stack;
std::size_t main_size;
void leaving(const void* stack, std::size_t size) {
  void* keep = nullptr;
  __sanitizer_start_switch_fiber(&keep, stack, size);
}
void arrived(const void** stack, std::size_t* size) { __sanitizer_finish_switch_fiber(nullptr, stack, size); }
#define LEAVING(stack, size) leaving(stack, size)
#define ARRIVED(stack, size) arrived(stack, size)
#else
#define LEAVING(stack, size)
#define ARRIVED(stack, size)
#endif

char* stack_of(const Fiber& fiber) { return stacks.get() + (&fiber - fibers) * kStack; }

[[noreturn]] __attribute__((noipa)) void jump(void** to) { __builtin_longjmp(to, 1); }

// A fiber is begun once and serves one block after the other.
void begin() {
  ARRIVED(&main_stack, &main_size);
  for (;;) {
    (*body)();
    to_scheduler(current(), State::kDone);
  }
}

}  // namespace

void runs(const std::function<void()>& work) { body = &work; }

__attribute__((noipa)) void to_scheduler(Fiber& from, State state) {
  from.state = state;
  LEAVING(main_stack, main_size);
  if (__builtin_setjmp(from.back) == 0) jump(scheduler);
  ARRIVED(nullptr, nullptr);
}

__attribute__((noipa)) void enter(Fiber& to) {
  LEAVING(stack_of(to), kStack);
  if (__builtin_setjmp(scheduler) == 0) {
    if (to.begun) jump(to.back);
    to.begun = true;
    setcontext(&to.entry);
  }
  ARRIVED(nullptr, nullptr);
}

void prepare(Fiber& fiber) {
  if (!fiber.begun) {
    getcontext(&fiber.entry);
    fiber.entry.uc_stack.ss_sp = stack_of(fiber);
    fiber.entry.uc_stack.ss_size = kStack;
    fiber.entry.uc_link = nullptr;
    makecontext(&fiber.entry, begin, 0);
  }
  fiber.state = State::kReady;
  fiber.exchanges = 0;
}

bool on_a_stack(const void* address) {
  const char* at = static_cast<const char*>(address);
  return at >= stacks.get() && at < stacks.get() + kMostThreads * kStack;
}

}  // namespace pyexplain::emulated
