// SPDX-License-Identifier: MIT
// What tests tell the fake engine while it runs, and what they learn from it.
#pragma once

#include <atomic>

namespace cut::test {

// What becomes of the frames that follow.
enum class FrameFault {
  none,
  error,   // a fault
  throws,  // an exception inside the module
  memory,  // std::bad_alloc inside the module
  nan,     // the network's output is not a number
};

inline constexpr int everyNetwork = -2;
inline constexpr int everyFrame = -1;

struct FakeControl {
  // What follows, down to hangLoad, is for networks of this constant; -1: for those without one.
  std::atomic<int> only{everyNetwork};
  std::atomic<FrameFault> fault{FrameFault::none};
  std::atomic<int> onlyByte{everyFrame};  // the fault is for frames that begin with this byte
  std::atomic<int> frameMs{0};            // how long a frame takes
  std::atomic<int> loadMs{0};             // how long a model takes to load
  std::atomic<bool> notices{false};       // networks that load now have something to say
  std::atomic<bool> hang{false};          // a frame that begins now takes until this is false again
  std::atomic<bool> hangLoad{false};      // a model that is loaded now takes until this is false again

  std::atomic<int> frames{0};  // begun
  std::atomic<int> hanging{0};
  std::atomic<int> hangingLoads{0};
  std::atomic<int> networks{0};  // that are loaded
  std::atomic<int> loads{0};     // since the process began
  std::atomic<int> sessions{0};  // that there are
};

// The control of the fake module that the process has loaded; loads it from CUT_MODULE_PATH where it has not.
FakeControl& fakeControl();

// As nothing had been said.
void resetFake();

}  // namespace cut::test
