#include "statistics.hpp"

#include <algorithm>

namespace cut::gst {
namespace {

constexpr std::size_t window = 1024;

double percentile(std::vector<float>& values, double part) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return static_cast<double>(values[static_cast<std::size_t>(at)]);
}

}  // namespace

const char* nameOf(Stage stage) noexcept {
  switch (stage) {
    case Stage::wait:
      return "wait";
    case Stage::inference:
      return "inference";
    case Stage::convert:
      return "convert";
    case Stage::total:
      break;
  }
  return "total";
}

void Statistics::Samples::add(double seconds) {
  last[count++ % window] = static_cast<float>(seconds);
  sum += seconds;
  max = std::max(max, seconds);
}

StageTimes Statistics::Samples::times() const {
  if (count == 0) return {};
  std::vector<float> values(
      last.begin(), last.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(count, window)));
  return {sum / static_cast<double>(count), percentile(values, 0.5), percentile(values, 0.95), max};
}

Statistics::Statistics() {
  for (Samples& samples : samples_) samples.last.resize(window);
}

void Statistics::restart() {
  const std::lock_guard lock(mutex_);
  counts_ = {};
  started_ = Clock::now();
  for (Samples& samples : samples_) {
    samples.count = 0;
    samples.sum = 0;
    samples.max = 0;
  }
}

void Statistics::frameIn() {
  const std::lock_guard lock(mutex_);
  ++counts_.in;
}

void Statistics::frameLate() {
  const std::lock_guard lock(mutex_);
  ++counts_.late;
}

void Statistics::frameFailed() {
  const std::lock_guard lock(mutex_);
  ++counts_.errors;
}

void Statistics::frameDone(Fate fate) {
  const std::lock_guard lock(mutex_);
  if (fate != Fate::dropped) {
    const auto now = Clock::now();
    counts_.seconds = std::chrono::duration<double>(now - started_).count();
    if (counts_.out == 0) counts_.firstAfter = counts_.seconds;
    outs_[counts_.out++ % outs_.size()] = now;
  }
  switch (fate) {
    case Fate::translated:
      ++counts_.translated;
      break;
    case Fate::passed:
      ++counts_.passed;
      break;
    case Fate::repeated:
      ++counts_.repeated;
      break;
    case Fate::dropped:
      ++counts_.dropped;
      break;
  }
}

void Statistics::framesForgotten(std::uint64_t frames) {
  const std::lock_guard lock(mutex_);
  counts_.dropped += frames;
}

void Statistics::frameTimes(const Times& times) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < stageCount; ++i) samples_[i].add(times[i]);
}

double Statistics::rate() const {
  const std::uint64_t known = std::min<std::uint64_t>(counts_.out, outs_.size());
  if (known < 2) return 0;
  const auto newest = outs_[(counts_.out - 1) % outs_.size()];
  const auto oldest = outs_[(counts_.out - known) % outs_.size()];
  const double seconds = std::chrono::duration<double>(newest - oldest).count();
  return seconds > 0 ? static_cast<double>(known - 1) / seconds : 0;
}

Report Statistics::report() const {
  const std::lock_guard lock(mutex_);
  Report report = counts_;
  report.framesPerSecond = rate();
  for (std::size_t i = 0; i < stageCount; ++i) report.stages[i] = samples_[i].times();
  return report;
}

std::uint64_t Statistics::dropped() const {
  const std::lock_guard lock(mutex_);
  return counts_.dropped;
}

std::uint64_t Statistics::done() const {
  const std::lock_guard lock(mutex_);
  return counts_.out;
}

const char* nameOf(Fate fate) noexcept {
  switch (fate) {
    case Fate::translated:
      return "translated";
    case Fate::passed:
      return "passed";
    case Fate::repeated:
      return "repeated";
    case Fate::dropped:
      break;
  }
  return "dropped";
}

}  // namespace cut::gst
