// How long a frame takes, as it is told to the pipeline: measured, and calm.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace cut::gst {

// Of one thread. Nanoseconds.
class LatencyEstimate {
 public:
  // Forgets all but this first measurement. Returns whether what is reported changed.
  bool restart(double seconds);
  // One more frame. Returns whether what is reported changed.
  bool add(double seconds);
  void clear();

  // A tenth more than the second longest of the last 32 frames, in whole milliseconds: one that took much
  // longer changes nothing. It is raised at once, and lowered after 32 frames that took less than two thirds.
  std::uint64_t reported() const noexcept { return reported_; }
  // The median of the last 32 frames, or what both of the last two took at least: an engine that has become
  // slower is known after two frames.
  std::uint64_t typical() const;

 private:
  static constexpr std::size_t window = 32;

  std::array<double, window> sorted() const;
  bool update();

  std::array<double, window> last_{};
  std::size_t count_ = 0;  // of all measurements
  std::uint64_t reported_ = 0;
};

}  // namespace cut::gst
