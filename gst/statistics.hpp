// What the element has done: counted and measured.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace cut::gst {

// What became of a frame.
enum class Fate { translated, passed, repeated, dropped };
const char* nameOf(Fate fate) noexcept;

// Where a frame's time goes.
enum class Stage {
  wait,       // for the engine: other streams' turns, and this one's frames in flight before it
  inference,  // in the engine
  convert,    // strength, crossfade, split
  total,      // from coming in to going out
};
inline constexpr std::size_t stageCount = 4;
const char* nameOf(Stage stage) noexcept;

// Seconds; mean and max over all frames, the rest over the last 1024.
struct StageTimes {
  double mean = 0;
  double median = 0;
  double p95 = 0;
  double max = 0;
};

struct Report {
  std::uint64_t in = 0;
  std::uint64_t out = 0;  // translated + passed + repeated
  std::uint64_t translated = 0;
  std::uint64_t passed = 0;
  std::uint64_t repeated = 0;
  std::uint64_t dropped = 0;
  std::uint64_t late = 0;      // of those that were not translated
  std::uint64_t errors = 0;    // of those that were not translated
  double framesPerSecond = 0;  // going out, over the last 64 frames
  double firstAfter = 0;       // seconds from the start to the first frame that went out
  double seconds = 0;          // from the start to the last one
  std::array<StageTimes, stageCount> stages{};
};

// All functions may be called from any thread.
class Statistics {
 public:
  using Clock = std::chrono::steady_clock;
  using Times = std::array<double, stageCount>;  // seconds

  Statistics();
  void restart();

  void frameIn();
  void frameLate();
  void frameFailed();
  void frameDone(Fate fate);
  void framesForgotten(std::uint64_t frames);  // by a flush: they are dropped
  void frameTimes(const Times& times);         // of a translated frame

  Report report() const;
  std::uint64_t dropped() const;
  std::uint64_t done() const;  // went out

 private:
  // The last measurements of one stage.
  struct Samples {
    std::vector<float> last;
    std::uint64_t count = 0;
    double sum = 0;
    double max = 0;

    void add(double seconds);
    StageTimes times() const;
  };

  double rate() const;

  mutable std::mutex mutex_;  // guards all below; no other lock is taken under it
  Report counts_;
  std::array<Samples, stageCount> samples_;
  std::array<Clock::time_point, 64> outs_{};
  Clock::time_point started_ = Clock::now();
};

}  // namespace cut::gst
