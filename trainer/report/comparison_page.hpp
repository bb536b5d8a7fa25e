// SPDX-License-Identifier: MIT
// index.html of a comparison: methods side by side, self-contained as a run's page.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "trainer/report/report.hpp"

namespace cut::trainer {

struct ComparisonMeasure {
  std::string name;
  std::string note;  // what it tells, in a few words
  bool lowerIsBetter = true;
  std::optional<double> untranslated;  // of a model that does nothing
  std::optional<double> halves;        // of two halves of B: what cannot be beaten
};

struct ComparisonMethod {
  std::string name;
  std::string state;    // "finished", "training", "waiting", "failed"
  std::string network;  // the generator's spec
  std::int64_t steps = 0;
  std::int64_t images = 0;
  double secondsPerStep = 0;    // median
  std::int64_t peakBytes = 0;   // of the process
  std::int64_t parameters = 0;  // of all networks
  std::int64_t generatorParameters = 0;
  std::vector<std::pair<double, std::vector<double>>> points;  // place on the axis, a value of each measure
};

struct ComparisonReport {
  std::string title;
  std::string summary;     // a sentence: what is equal
  bool axisIsTime = true;  // places are seconds of training; otherwise steps
  std::vector<ComparisonMeasure> measures;
  std::vector<ComparisonMethod> methods;
  std::vector<PictureRow> pictures;  // A and what each method makes of it
  // Options whose values differ: the option, and a value of each method (empty: it does not know it).
  std::vector<std::pair<std::string, std::vector<std::string>>> differences;
  std::vector<std::pair<std::string, std::string>> common;  // option, value
  double written = 0;                                       // seconds since 1970
};

std::string comparisonPageText(const ComparisonReport& report);

}  // namespace cut::trainer
