// SPDX-License-Identifier: MIT
#include <ucontext.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "cuda_runtime.h"

dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace cuda_shim {
namespace {

constexpr std::size_t stackBytes = 64 * 1024;
constexpr unsigned mostThreads = 1024;

enum class State { ready, atBarrier, finished };

struct Fiber {
  ucontext_t context = {};
  std::unique_ptr<char[]> stack = std::make_unique<char[]>(stackBytes);
  dim3 index;
  State state = State::ready;
};

struct Scheduler {
  std::vector<Fiber> fibers;
  std::size_t threads = 0;  // of a block
  std::size_t current = 0;
  ucontext_t home = {};
  std::function<void()> body;
  Order order = Order::ascending;
};

Scheduler& scheduler() {
  static Scheduler instance;
  return instance;
}

void leave(State state) {
  Fiber& fiber = scheduler().fibers[scheduler().current];
  fiber.state = state;
  swapcontext(&fiber.context, &scheduler().home);
}

void fiberMain() {
  scheduler().body();
  leave(State::finished);
}

void start(Fiber& fiber, dim3 index) {
  fiber.index = index;
  fiber.state = State::ready;
  getcontext(&fiber.context);
  fiber.context.uc_stack = {.ss_sp = fiber.stack.get(), .ss_flags = 0, .ss_size = stackBytes};
  fiber.context.uc_link = nullptr;
  makecontext(&fiber.context, fiberMain, 0);
}

// Runs every thread to its next barrier or its end, and gives how many are at a barrier.
std::size_t runToBarrier() {
  Scheduler& s = scheduler();
  std::size_t waiting = 0;
  for (std::size_t i = 0; i < s.threads; ++i) {
    s.current = s.order == Order::ascending ? i : s.threads - 1 - i;
    Fiber& fiber = s.fibers[s.current];
    if (fiber.state == State::finished) continue;
    threadIdx = fiber.index;
    swapcontext(&s.home, &fiber.context);
    waiting += fiber.state == State::atBarrier;
  }
  return waiting;
}

void runBlock() {
  Scheduler& s = scheduler();
  for (std::size_t i = 0; i < s.threads; ++i) {
    const auto thread = static_cast<unsigned>(i);
    start(s.fibers[i],
          {thread % blockDim.x, thread / blockDim.x % blockDim.y, thread / (blockDim.x * blockDim.y)});
  }
  while (const std::size_t waiting = runToBarrier()) {
    if (waiting == s.threads) continue;
    std::fprintf(stderr, "__syncthreads: %zu of a block's %zu threads came\n", waiting, s.threads);
    std::abort();
  }
}

}  // namespace

void setOrder(Order order) {
  scheduler().order = order;
}

void syncThreads() {
  leave(State::atBarrier);
}

cudaError_t runGrid(dim3 grid, dim3 block, const std::function<void()>& thread) {
  Scheduler& s = scheduler();
  s.threads = std::size_t{block.x} * block.y * block.z;
  if (s.threads == 0 || s.threads > mostThreads || grid.y > 65535 || grid.z > 65535)
    return cudaErrorInvalidConfiguration;
  if (s.fibers.size() < s.threads) s.fibers.resize(s.threads);
  s.body = thread;
  gridDim = grid;
  blockDim = block;
  for (unsigned z = 0; z < grid.z; ++z)
    for (unsigned y = 0; y < grid.y; ++y)
      for (unsigned x = 0; x < grid.x; ++x) {
        blockIdx = {x, y, z};
        runBlock();
      }
  return cudaSuccess;
}

}  // namespace cuda_shim
