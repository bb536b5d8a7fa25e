// A run's progress on a terminal, as a bar that is drawn over itself; as plain lines anywhere else.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "trainer/report/pace.hpp"
#include "trainer/report/progress_text.hpp"
#include "trainer/report/report.hpp"

namespace cut::trainer {

class Progress {
 public:
  // A bar where `descriptor` is a terminal that understands more than "dumb"; what is written goes to
  // `stream`.
  Progress(const ReportOptions& options, std::ostream& stream, int descriptor);

  void step(const StepRecord& record, const Pace& pace);
  void notice(const std::string& text);
  // The last state stays; what is written next begins on a line of its own.
  void finish(const Pace& pace);

 private:
  void draw(const Pace& pace);
  void printLine(const Pace& pace);
  std::string backToTop() const;

  std::ostream& stream_;
  int descriptor_;
  bool bar_;
  int epochs_;
  std::int64_t printEvery_;
  TerminalStyle style_;
  StepRecord last_;
  std::int64_t printed_ = 0;        // the step of the last plain line
  std::vector<std::string> drawn_;  // lines of the bar on the terminal, above the cursor
  std::chrono::steady_clock::time_point drawnAt_;
};

}  // namespace cut::trainer
