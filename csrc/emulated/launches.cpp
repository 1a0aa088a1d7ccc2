// A launch: one block after the other, and of a block the fiber that is drawn, until it waits or ends. So a result that depends
// on the order, for want of a barrier, differs between seeds; and a barrier or shuffle that not all reach ends the launch with an
// error.
#include <cstring>
#include <mutex>
#include <random>
#include <stdexcept>
#include <utility>

#include "switching.hpp"

pyexplain::emulated::Place threadIdx, blockIdx;

namespace pyexplain::emulated {
namespace {

constexpr unsigned kWarp = 32;
std::string wrong;
std::vector<char> room;
std::vector<std::string> launches;
std::mt19937 draws;
std::mutex one_launch;
alignas(16) char slots[2][kMostThreads][16];  // what lanes hand over: two sets, as a lane may be one exchange ahead of another

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
  runs(work);
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

bool in_shared_room(const void* address) {
  const char* at = static_cast<const char*>(address);
  return at >= room.data() && at < room.data() + room.size();
}

void look_for_races(bool on) { running.looking = on; }

void schedule(unsigned seed) { draws.seed(seed); }

std::vector<std::string> take_launches() { return std::exchange(launches, {}); }

}  // namespace pyexplain::emulated
