// SPDX-License-Identifier: MIT
// Progress of a command on one line.
#pragma once

#include <chrono>
#include <ostream>
#include <string>

namespace cut::trainer {

// On a terminal the line is rewritten, at most five times a second; otherwise a line is added at most every
// five seconds, which keeps log files short.
class ProgressLine {
 public:
  ProgressLine(std::ostream& out, int descriptor);

  void show(const std::string& text);    // if the interval has passed
  void notice(const std::string& text);  // always, on a line of its own

 private:
  using Clock = std::chrono::steady_clock;

  std::ostream& out_;
  bool terminal_;
  bool open_ = false;  // the terminal has a line to be rewritten
  Clock::time_point next_ = Clock::now();
};

}  // namespace cut::trainer
