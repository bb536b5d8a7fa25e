// SPDX-License-Identifier: MIT
#include "stats.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace cut::gst {
namespace {

constexpr std::size_t window = 1024;

double percentile(std::vector<float>& values, double part) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return static_cast<double>(values[static_cast<std::size_t>(at)]);
}

// Of the whole process; 0 where /proc is not mounted.
guint64 residentBytes() {
  guint64 total = 0;
  guint64 resident = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (!file) return 0;
  const int read = std::fscanf(file, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, &total, &resident);
  std::fclose(file);
  return read == 2 ? resident * static_cast<guint64>(sysconf(_SC_PAGESIZE)) : 0;
}

void setTimes(GstStructure* structure, const char* stage, const StageTimes& times) {
  const auto set = [&](const char* what, double seconds) {
    g_autofree char* name = g_strdup_printf("%s-%s", stage, what);
    gst_structure_set(structure, name, G_TYPE_UINT64, static_cast<guint64>(seconds * GST_SECOND), nullptr);
  };
  set("mean", times.mean);
  set("p50", times.median);
  set("p95", times.p95);
  set("max", times.max);
}

}  // namespace

const char* nameOf(FrameOutcome outcome) noexcept {
  switch (outcome) {
    case FrameOutcome::translated:
      return "translated";
    case FrameOutcome::passed:
      return "passed";
    case FrameOutcome::repeated:
      return "repeated";
    case FrameOutcome::dropped:
      break;
  }
  return "dropped";
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
  for (Samples* samples : {&wait_, &inference_, &convert_, &total_}) samples->last.resize(window);
}

void Statistics::restart() {
  const std::lock_guard lock(mutex_);
  counts_ = {};
  firstAfter_ = 0;
  seconds_ = 0;
  started_ = Clock::now();
  for (Samples* samples : {&wait_, &inference_, &convert_, &total_}) {
    samples->count = 0;
    samples->sum = 0;
    samples->max = 0;
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
  ++counts_.failed;
}

void Statistics::frameFinished(FrameOutcome outcome) {
  const std::lock_guard lock(mutex_);
  if (outcome != FrameOutcome::dropped) {
    const auto now = Clock::now();
    seconds_ = std::chrono::duration<double>(now - started_).count();
    if (counts_.out == 0) firstAfter_ = seconds_;
    outputTimes_[counts_.out++ % outputTimes_.size()] = now;
  }
  switch (outcome) {
    case FrameOutcome::translated:
      ++counts_.translated;
      break;
    case FrameOutcome::passed:
      ++counts_.passed;
      break;
    case FrameOutcome::repeated:
      ++counts_.repeated;
      break;
    case FrameOutcome::dropped:
      ++counts_.dropped;
      break;
  }
}

void Statistics::framesDropped(std::uint64_t frames) {
  const std::lock_guard lock(mutex_);
  counts_.dropped += frames;
}

void Statistics::frameTimes(const FrameTimes& times) {
  const std::lock_guard lock(mutex_);
  wait_.add(times.wait);
  inference_.add(times.inference);
  convert_.add(times.convert);
  total_.add(times.total);
}

double Statistics::outputRate() const {
  const std::uint64_t known = std::min<std::uint64_t>(counts_.out, outputTimes_.size());
  if (known < 2) return 0;
  const auto newest = outputTimes_[(counts_.out - 1) % outputTimes_.size()];
  const auto oldest = outputTimes_[(counts_.out - known) % outputTimes_.size()];
  const double seconds = std::chrono::duration<double>(newest - oldest).count();
  return seconds > 0 ? static_cast<double>(known - 1) / seconds : 0;
}

FrameCounts Statistics::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

Report Statistics::report() const {
  const std::lock_guard lock(mutex_);
  return {counts_,       outputRate(),       firstAfter_,      seconds_,
          wait_.times(), inference_.times(), convert_.times(), total_.times()};
}

StructurePtr statsStructure(const Report& report, std::uint64_t latency, std::size_t modelBytes) {
  StructurePtr result(gst_structure_new(
      "cuttranslate-stats", "frames-in", G_TYPE_UINT64, report.in, "frames-out", G_TYPE_UINT64, report.out,
      "frames-translated", G_TYPE_UINT64, report.translated, "frames-passed", G_TYPE_UINT64, report.passed,
      "frames-repeated", G_TYPE_UINT64, report.repeated, "frames-dropped", G_TYPE_UINT64, report.dropped,
      "frames-late", G_TYPE_UINT64, report.late, "frames-failed", G_TYPE_UINT64, report.failed, "fps",
      G_TYPE_DOUBLE, report.framesPerSecond, "latency", G_TYPE_UINT64, latency, "memory-model", G_TYPE_UINT64,
      static_cast<guint64>(modelBytes), "memory-process", G_TYPE_UINT64, residentBytes(), nullptr));
  setTimes(result.get(), "wait", report.wait);
  setTimes(result.get(), "inference", report.inference);
  setTimes(result.get(), "convert", report.convert);
  setTimes(result.get(), "total", report.total);
  return result;
}

}  // namespace cut::gst
