// SPDX-License-Identifier: MIT
#include "trainer/translate/progress_line.hpp"

#include <unistd.h>

namespace cut::trainer {
namespace {

constexpr const char* clearLine = "\r\033[K";

}  // namespace

ProgressLine::ProgressLine(std::ostream& out, int descriptor)
    : out_(out), terminal_(::isatty(descriptor) == 1) {}

void ProgressLine::show(const std::string& text) {
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  next_ = now + (terminal_ ? std::chrono::milliseconds(200) : std::chrono::seconds(5));
  if (terminal_)
    out_ << clearLine << text << std::flush;
  else
    out_ << text << std::endl;
  open_ = terminal_;
}

void ProgressLine::notice(const std::string& text) {
  out_ << (open_ ? clearLine : "") << text << std::endl;
  open_ = false;
}

}  // namespace cut::trainer
