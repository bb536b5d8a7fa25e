// What a run's progress looks like as text; Progress decides when and where.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "trainer/report/pace.hpp"
#include "trainer/report/report.hpp"

namespace cut::trainer {

struct TerminalStyle {
  std::size_t columns = 80;
  bool utf8 = true;
  bool colour = true;
};

// "epoch 2/400, step 1,200/400,000: G 2.31, D 0.25; 5.31 images/s, 20 h 3 min left"
std::string plainLine(const StepRecord& record, int epochs, const Pace& pace);

// One or two lines, none longer than the columns: the bar with what is most telling first, and the losses.
std::vector<std::string> barLines(const StepRecord& record, int epochs, const Pace& pace,
                                  const TerminalStyle& style);

// Columns that the text takes, escape sequences not counted.
std::size_t shownColumns(const std::string& text);

}  // namespace cut::trainer
