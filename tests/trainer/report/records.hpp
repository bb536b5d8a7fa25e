// SPDX-License-Identifier: MIT
// Records of steps, for the tests.
#pragma once

#include <utility>

#include "trainer/report/report.hpp"

namespace cut::trainer::test {

// One image per step, ten steps per epoch, half a second each; G is 1 / step.
inline StepRecord record(std::int64_t step) {
  return {.step = step,
          .images = step,
          .epoch = static_cast<int>((step - 1) / 10) + 1,
          .stepOfEpoch = (step - 1) % 10 + 1,
          .learningRate = 2e-4,
          .secondsOfStep = 0.4,
          .secondsOfData = 0.1,
          .losses = {{"G", 1.0 / static_cast<double>(step)}, {"D", 0.25}}};
}

inline StepRecord record(std::int64_t step, std::vector<std::pair<std::string, double>> losses) {
  StepRecord other = record(step);
  other.losses = std::move(losses);
  return other;
}

}  // namespace cut::trainer::test
