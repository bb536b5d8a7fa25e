// One line that says how far a command is.
#pragma once

#include <chrono>
#include <ostream>
#include <string>

namespace cut::trainer {

// On a terminal the line is rewritten, several times a second at most; elsewhere one is added every few
// seconds.
class ProgressLine {
 public:
  ProgressLine(std::ostream& out, int descriptor);

  void show(const std::string& text);    // where it is time for it
  void notice(const std::string& text);  // always, in a line of its own

 private:
  using Clock = std::chrono::steady_clock;

  std::ostream& out_;
  bool terminal_;
  bool open_ = false;  // a line that is to be rewritten is on the terminal
  Clock::time_point next_ = Clock::now();
};

}  // namespace cut::trainer
