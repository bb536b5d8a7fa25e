// How fast a run goes, and how long it will take.
#pragma once

#include <cstdint>

#include "trainer/report/report.hpp"

namespace cut::trainer {

class Pace {
 public:
  // `steps` in all; 0: not known.
  explicit Pace(std::int64_t steps) : steps_(steps) {}

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
  // Moving averages, and the weight of what they hold yet.
  double seconds_ = 0;
  double images_ = 0;
  double weight_ = 0;
};

}  // namespace cut::trainer
