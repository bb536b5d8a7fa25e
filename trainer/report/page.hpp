// web/index.html as text: one file with everything in it, safe whatever names and notices hold.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "trainer/report/curves.hpp"
#include "trainer/report/gallery.hpp"
#include "trainer/report/progress.hpp"
#include "trainer/report/report.hpp"

namespace cut::trainer {

struct PageNotice {
  double time = 0;  // seconds since 1970
  std::int64_t step = 0;
  std::string text;
};

enum class RunState { running, stopped, finished };

struct PageState {
  RunState state = RunState::running;
  double started = 0;  // seconds since 1970, as `written`
  double written = 0;
  double refreshSeconds = 20;  // between two looks for a newer page
  StepRecord last;
  std::vector<PageNotice> notices;
};

std::string pageText(const ReportOptions& options, const PageState& state, const Pace& pace,
                     const Curves& curves, const Gallery& gallery);

}  // namespace cut::trainer
