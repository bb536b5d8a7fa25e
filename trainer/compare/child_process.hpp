// SPDX-License-Identifier: MIT
// A process of this program: its memory is its own, and what ends it does not end us.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cut::trainer {

struct ChildResult {
  int status = 0;              // as a shell has it: 128 and the signal's number where one ended it
  std::int64_t peakBytes = 0;  // of its resident memory
  double seconds = 0;          // of wall time
};

// Runs this program with `arguments` (without its name) on our terminal, in a process group of its own, and
// waits. A stop signal that we get while we wait is sent to it, once. Throws io where it cannot be started.
ChildResult runThisProgram(const std::vector<std::string>& arguments);

}  // namespace cut::trainer
