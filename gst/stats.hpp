// SPDX-License-Identifier: MIT
// Counters and timings of the element's frames, and the GstStructure that the property `stats` and the
// message cuttranslate-stats hold.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "utilities.hpp"

namespace cut::gst {

// How a frame left the element.
enum class FrameOutcome {
  translated,
  passed,    // the input went out unchanged
  repeated,  // the previous output went out again
  dropped,   // nothing went out
};
const char* nameOf(FrameOutcome outcome) noexcept;

// Seconds of one frame, by stage.
struct FrameTimes {
  double wait = 0;       // until the engine began: other streams' frames, and this stream's earlier ones
  double inference = 0;  // in the engine
  double convert = 0;    // strength, crossfade, split
  double total = 0;      // from chain function to output
};

struct FrameCounts {
  std::uint64_t in = 0;
  std::uint64_t out = 0;  // translated + passed + repeated
  std::uint64_t translated = 0;
  std::uint64_t passed = 0;
  std::uint64_t repeated = 0;
  std::uint64_t dropped = 0;
  std::uint64_t late = 0;    // not translated because they were late
  std::uint64_t failed = 0;  // not translated because the engine failed
};

// Seconds. Mean and max are over all frames, the percentiles over the last 1024.
struct StageTimes {
  double mean = 0;
  double median = 0;
  double p95 = 0;
  double max = 0;
};

struct Report : FrameCounts {
  double framesPerSecond = 0;  // of the output, over the last 64 frames
  double firstAfter = 0;       // seconds from the start of the stream to the first output
  double seconds = 0;          // seconds from the start of the stream to the last output
  StageTimes wait;
  StageTimes inference;
  StageTimes convert;
  StageTimes total;
};

// All functions may be called from any thread.
class Statistics {
 public:
  using Clock = std::chrono::steady_clock;

  Statistics();
  void restart();

  void frameIn();
  void frameLate();
  void frameFailed();
  void frameFinished(FrameOutcome outcome);
  void framesDropped(std::uint64_t frames);  // in flight when the stream was flushed or stopped
  void frameTimes(const FrameTimes& times);  // of a translated frame

  FrameCounts counts() const;
  // Sorts the last 1024 times of each stage for the percentiles; counts() does not.
  Report report() const;

 private:
  // The measurements of one stage: a ring of the last 1024, and sums over all.
  struct Samples {
    std::vector<float> last;
    std::uint64_t count = 0;
    double sum = 0;
    double max = 0;

    void add(double seconds);
    StageTimes times() const;
  };

  double outputRate() const;

  mutable std::mutex mutex_;  // guards all below; no other lock is taken while it is held
  FrameCounts counts_;
  double firstAfter_ = 0;
  double seconds_ = 0;
  Samples wait_;
  Samples inference_;
  Samples convert_;
  Samples total_;
  std::array<Clock::time_point, 64> outputTimes_{};
  Clock::time_point started_ = Clock::now();
};

// `latency` in nanoseconds as reported to the pipeline, `modelBytes` of the open model's weights.
StructurePtr statsStructure(const Report& report, std::uint64_t latency, std::size_t modelBytes);

}  // namespace cut::gst
