// Whether a frame comes too late to be worth translating.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

namespace cut::gst {

// A frame as it arrives. Nanoseconds of running time; nothing where it is not known.
struct Arrival {
  std::optional<std::uint64_t> runningTime;  // of the frame
  std::optional<std::uint64_t> now;          // of the clock
  std::uint64_t duration = 0;                // of a frame; 0: not known
};

struct Verdict {
  bool late = false;
  std::int64_t jitter = 0;  // by how much
  double proportion = 1;    // as the last QoS event said
};

// All functions may be called from any thread.
class Lateness {
 public:
  // A stream begins, or goes on after a flush: what sinks said is forgotten.
  void restart();

  // What is upstream: frames of a live source come `latency` after their time.
  void setUpstream(bool live, std::uint64_t latency);
  // From the sinks: frames are shown that much after their time.
  void setPipelineLatency(std::uint64_t latency);
  // From the sinks: a frame of `runningTime` came `difference` after its time.
  void setQos(double proportion, std::int64_t difference, std::uint64_t runningTime);

  // From the sinks: after one of `runningTime` none is wanted for `span`, in time or not.
  void setThrottle(std::int64_t span, std::uint64_t runningTime);

  // Late is what a QoS event says; and what would be translated later than it is wanted, of a live source or
  // once a sink has said that frames come late: they are expected to take `typical`, and the element reports
  // `reported` as its latency. A frame that comes when nothing else was good enough for a second is never
  // late: something must be seen.
  Verdict judge(const Arrival& arrival, std::uint64_t typical, std::uint64_t reported);

  bool live() const;

 private:
  std::int64_t behind(const Arrival& arrival, std::uint64_t typical, std::uint64_t reported) const;
  bool watchesTheClock() const noexcept { return live_ || behindOnce_; }

  mutable std::mutex mutex_;  // guards all below; no other lock is taken under it
  bool live_ = false;
  std::uint64_t upstream_ = 0;
  std::uint64_t pipeline_ = 0;
  double proportion_ = 1;
  std::optional<std::int64_t> earliest_;    // running time
  bool behindOnce_ = false;                 // a sink has said so
  std::optional<std::uint64_t> lateSince_;  // of the clock
};

}  // namespace cut::gst
