#include "trainer/report/pace.hpp"

#include <algorithm>

namespace cut::trainer {
namespace {

// Of the newest step: the average looks back over some fifty steps.
constexpr double share = 0.02;

}  // namespace

void Pace::add(const StepRecord& record) {
  // The first record of a run says only how many images there were before it.
  const double images =
      step_ > 0 && record.images > imagesBefore_
          ? static_cast<double>(record.images - imagesBefore_)
          : static_cast<double>(record.images) / static_cast<double>(std::max<std::int64_t>(1, record.step));
  step_ = record.step;
  imagesBefore_ = record.images;
  seconds_ += share * (record.secondsOfStep + record.secondsOfData - seconds_);
  images_ += share * (images - images_);
  weight_ += share * (1 - weight_);
}

double Pace::imagesPerSecond() const noexcept {
  return seconds_ > 0 ? images_ / seconds_ : 0;
}

double Pace::secondsLeft() const noexcept {
  if (steps_ <= 0 || weight_ <= 0) return -1;
  return static_cast<double>(std::max<std::int64_t>(0, steps_ - step_)) * secondsPerStep();
}

}  // namespace cut::trainer
