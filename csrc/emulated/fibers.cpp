// A block's threads as fibers of one thread. A fiber runs until it waits or ends; who goes next is drawn. So a result that
// depends on the order, for want of a barrier, differs between seeds; and a barrier or shuffle that not all reach ends the launch
// with an error.
#include "fibers.hpp"

#include <ucontext.h>

#include <cstring>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

pyexplain::emulated::Place threadIdx, blockIdx;

namespace pyexplain::emulated {

Running running;

namespace {

constexpr std::size_t kStack = 1 << 16;
constexpr unsigned kMostThreads = 128, kWarp = 32;
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

Fiber fibers[kMostThreads];
const std::unique_ptr<char[]> stacks(new char[kMostThreads * kStack]);
void* scheduler[5];
const std::function<void()>* body;
std::string wrong;
std::vector<char> room;
std::vector<std::string> launches;
std::mt19937 draws;
std::mutex one_launch;
alignas(16) char slots[2][kMostThreads][16];  // what lanes hand over: two sets, as a lane may be one exchange ahead of another

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
Fiber& current() { return fibers[running.thread]; }

[[noreturn]] __attribute__((noipa)) void jump(void** to) { __builtin_longjmp(to, 1); }

__attribute__((noipa)) void to_scheduler(Fiber& from, State state) {
  from.state = state;
  LEAVING(main_stack, main_size);
  if (__builtin_setjmp(from.back) == 0) jump(scheduler);
  ARRIVED(nullptr, nullptr);
}

// A fiber is begun once and serves one block after the other.
void begin() {
  ARRIVED(&main_stack, &main_size);
  for (;;) {
    (*body)();
    to_scheduler(current(), State::kDone);
  }
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

template <typename Items>
void shuffle(Items& items) {
  for (std::size_t left = items.size(); left > 1; --left) std::swap(items[left - 1], items[draws() % left]);
}

std::vector<unsigned> numbers(std::size_t n) {
  std::vector<unsigned> all(n);
  for (std::size_t k = 0; k < n; ++k) all[k] = static_cast<unsigned>(k);
  return all;
}

std::string at(const Fiber& fiber) { return std::string(" at ") + fiber.file + ":" + std::to_string(fiber.line); }

// Lets those go on that wait for one another: all of begin .. end - 1, at one place of the source.
void meet(unsigned begin, unsigned end, State where, const char* what) {
  const Fiber* first = nullptr;
  for (unsigned k = begin; k < end && !first; ++k) first = fibers[k].state == where ? &fibers[k] : nullptr;
  for (unsigned k = begin; k < end; ++k) {
    const Fiber& one = fibers[k];
    if (one.state != where) throw std::runtime_error(std::string("not all threads reach the ") + what + at(*first));
    if (one.line != first->line || std::strcmp(one.file, first->file) != 0)
      throw std::runtime_error(std::string("threads wait at different places, for the ") + what + at(*first) + " and" + at(one));
  }
  for (unsigned k = begin; k < end; ++k) fibers[k].state = State::kReady;
}

// False when all have ended.
bool go_on(unsigned threads) {
  unsigned waiting[4] = {};
  for (unsigned k = 0; k < threads; ++k) ++waiting[static_cast<int>(fibers[k].state)];
  for (unsigned warp = 0; warp < threads && waiting[static_cast<int>(State::kAtWarp)]; warp += kWarp) {
    bool here = false;
    for (unsigned k = warp; k < warp + kWarp; ++k) here |= fibers[k].state == State::kAtWarp;
    if (here) meet(warp, warp + kWarp, State::kAtWarp, "shuffle");
  }
  if (waiting[static_cast<int>(State::kAtWarp)]) return true;
  if (waiting[static_cast<int>(State::kDone)] == threads) return false;
  meet(0, threads, State::kAtBlock, "barrier");
  ++running.epoch;
  return true;
}

void run_block(unsigned block, std::vector<unsigned>& order) {
  blockIdx.x = block;
  running.block = block;
  running.epoch = 0;
  std::memset(room.data(), 0xff, room.size());  // not a number: nobody wrote it yet
  for (const unsigned k : order) prepare(fibers[k]);
  do {
    shuffle(order);
    for (const unsigned k : order) {
      if (fibers[k].state != State::kReady) continue;
      running.thread = threadIdx.x = k;
      running.inside = true;
      enter(fibers[k]);
      running.inside = false;
      if (!wrong.empty()) throw std::runtime_error(wrong);
    }
  } while (go_on(static_cast<unsigned>(order.size())));
}

}  // namespace

void run(const char* name, std::int64_t n_blocks, unsigned threads, std::size_t shared_bytes, const std::function<void()>& work) {
  const std::lock_guard<std::mutex> alone(one_launch);
  if (threads > kMostThreads || threads % kWarp) throw std::runtime_error("a block of the emulation has up to four whole warps");
  body = &work;
  room = std::vector<char>(shared_bytes);  // anew, so that AddressSanitizer knows its end
  launches.emplace_back(name);
  ++running.launch;
  std::vector<unsigned> order = numbers(threads), blocks = numbers(static_cast<std::size_t>(n_blocks));
  shuffle(blocks);
  try {
    for (const unsigned block : blocks) run_block(block, order);
  } catch (const std::runtime_error& error) {
    for (Fiber& fiber : fibers) fiber.begun = false;  // left where they stand, and begun anew
    wrong.clear();
    throw std::runtime_error(std::string(name) + ": " + error.what());
  }
}

void* shared_room() { return room.data(); }

void wait_for_block(const char* file, int line) {
  current().file = file;
  current().line = line;
  to_scheduler(current(), State::kAtBlock);
}

std::int64_t taken(std::int64_t* counter, std::int64_t n) { return std::exchange(*counter, *counter + n); }

void exchange(const void* mine, void* theirs, std::size_t size, unsigned from, unsigned mask, const char* file, int line) {
  Fiber& me = current();
  me.file = file;
  me.line = line;
  if (mask != 0xffffffffu || from >= kWarp) fault("a shuffle of a part of a warp, or from beyond it" + at(me));
  auto& set = slots[me.exchanges++ % 2];
  const unsigned self = running.thread;
  std::memcpy(set[self], mine, size);
  to_scheduler(me, State::kAtWarp);
  std::memcpy(theirs, set[self / kWarp * kWarp + from], size);
}

void fault(const std::string& what) {
  wrong = what;
  to_scheduler(current(), State::kDone);
  __builtin_unreachable();
}

bool on_a_stack(const void* address) {
  const char* at = static_cast<const char*>(address);
  return at >= stacks.get() && at < stacks.get() + kMostThreads * kStack;
}

bool in_shared_room(const void* address) {
  const char* at = static_cast<const char*>(address);
  return at >= room.data() && at < room.data() + room.size();
}

void look_for_races(bool on) { running.looking = on; }

void schedule(unsigned seed) { draws.seed(seed); }

std::vector<std::string> take_launches() { return std::exchange(launches, {}); }

}  // namespace pyexplain::emulated
