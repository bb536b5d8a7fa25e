// SPDX-License-Identifier: MIT
// A run's progress: a bar that redraws itself on a terminal, plain lines elsewhere.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "trainer/report/report.hpp"

namespace cut::trainer {

// Images and seconds of a step as exponential moving averages, for images per second and the time left.
class Throughput {
 public:
  // `steps` in all; 0: not known.
  explicit Throughput(std::int64_t steps) : steps_(steps) {}

  void add(const StepRecord& record);

  double secondsPerStep() const noexcept { return weight_ > 0 ? seconds_ / weight_ : 0; }
  double imagesPerSecond() const noexcept;
  // Negative: not known.
  double secondsLeft() const noexcept;
  std::int64_t steps() const noexcept { return steps_; }

 private:
  std::int64_t steps_;
  std::int64_t step_ = 0;
  std::int64_t imagesBefore_ = 0;
  // Moving averages, and the sum of their weights: early averages are divided by it.
  double seconds_ = 0;
  double images_ = 0;
  double weight_ = 0;
};

struct TerminalStyle {
  std::size_t columns = 80;
  bool utf8 = true;
  bool colour = true;
};

// "epoch 2/400, step 1,200/400,000: G 2.31, D 0.25; 5.31 images/s, 20 h 3 min left"
std::string plainLine(const StepRecord& record, int epochs, const Throughput& throughput);

// One or two lines, none longer than the columns: the bar with the most important numbers first, and the
// losses.
std::vector<std::string> barLines(const StepRecord& record, int epochs, const Throughput& throughput,
                                  const TerminalStyle& style);

// Columns that the text takes on a terminal, without its escape sequences.
std::size_t shownColumns(const std::string& text);

class ProgressBar {
 public:
  // Writes to `stream`: a bar where `descriptor` is a terminal other than "dumb", plain lines otherwise.
  ProgressBar(const ReportOptions& options, std::ostream& stream, int descriptor);

  void step(const StepRecord& record, const Throughput& throughput);
  void notice(const std::string& text);
  // Leaves the last state on the terminal; later output begins on a new line.
  void finish(const Throughput& throughput);

 private:
  void draw(const Throughput& throughput);
  void printLine(const Throughput& throughput);
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
