// SPDX-License-Identifier: MIT
#include "runtime/exit_gate.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>

namespace cut {
namespace {

constexpr std::chrono::seconds exitTimeout{10};

struct Gate {
  std::mutex mutex;  // guards the rest
  std::condition_variable changed;
  int inside = 0;
  bool shut = false;
};

Gate& gate() {
  static auto& instance = *new Gate;  // never destroyed: threads outlive static destructors
  return instance;
}

void shutAndWait() {
  std::unique_lock lock(gate().mutex);
  gate().shut = true;
  gate().changed.wait_for(lock, exitTimeout, [] { return gate().inside == 0; });
}

}  // namespace

ExitGate::ExitGate() {
  std::unique_lock lock(gate().mutex);
  gate().changed.wait(lock, [] { return !gate().shut; });
  ++gate().inside;
}

ExitGate::~ExitGate() {
  const std::lock_guard lock(gate().mutex);
  if (--gate().inside == 0) gate().changed.notify_all();
}

void ExitGate::shutAtExit() {
  std::atexit(shutAndWait);
}

}  // namespace cut
