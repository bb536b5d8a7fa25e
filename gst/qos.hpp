// SPDX-License-Identifier: MIT
// Quality of service: whether a frame is too late to be worth translating, the latency that the element
// reports, and the events, queries and messages of both.
#pragma once

#include <gst/video/video.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>

#include "stats.hpp"

namespace cut::gst {

// A frame as it comes in. Nanoseconds of running time; nothing where it is not known.
struct Arrival {
  std::optional<std::uint64_t> runningTime;  // of the frame
  std::optional<std::uint64_t> now;          // of the clock
  std::uint64_t duration = 0;                // of the frame; 0: not known
};

struct Verdict {
  bool late = false;
  std::int64_t jitter = 0;  // nanoseconds that it is late
  double proportion = 1;    // of the last QoS event
};

// All functions may be called from any thread. Nanoseconds.
class Lateness {
 public:
  // At the start of the stream and after a flush: forgets the QoS events.
  void restart();

  // From a LATENCY query: frames of a live source come in `latency` after their running time.
  void setUpstream(bool live, std::uint64_t latency);
  // From a LATENCY event: sinks render frames that long after their running time.
  void setPipelineLatency(std::uint64_t latency);
  // From a QoS event: a frame of `runningTime` reached a sink `difference` after its time.
  void setQos(double proportion, std::int64_t difference, std::uint64_t runningTime);
  // From a QoS event of type THROTTLE: after the frame of `runningTime` no frame is wanted for `span`.
  void setThrottle(std::int64_t span, std::uint64_t runningTime);

  // A frame is late if a QoS event says so. Where the source is live, or once a QoS event has reported a late
  // frame, it is also late if it would reach the sink too late by the clock: translating it is expected to
  // take `typical`, and the element reports `reported` as its latency. One frame per second is never late:
  // the picture must not freeze.
  Verdict judge(const Arrival& arrival, std::uint64_t typical, std::uint64_t reported);

  bool live() const;

 private:
  std::int64_t delay(const Arrival& arrival, std::uint64_t typical, std::uint64_t reported) const;
  bool usesClock() const noexcept { return live_ || lateOnce_; }

  mutable std::mutex mutex_;  // guards all below; no other lock is taken while it is held
  bool live_ = false;
  std::uint64_t upstream_ = 0;
  std::uint64_t pipeline_ = 0;
  double proportion_ = 1;
  std::optional<std::int64_t> earliest_;    // running time: frames up to it are late
  bool lateOnce_ = false;                   // a QoS event has reported a late frame
  std::optional<std::uint64_t> lateSince_;  // clock's running time: all frames since then were late
};

// The time that a frame takes in the element, measured. Of one thread. Nanoseconds.
class LatencyEstimate {
 public:
  // Keeps only this first measurement. Returns whether reported() changed.
  bool restart(double seconds);
  // Adds the measurement of a frame. Returns whether reported() changed.
  bool add(double seconds);
  void clear();

  // The second longest of the last 32 frames plus 10 %, in whole milliseconds: a single outlier does not
  // change it, since each change makes the pipeline recalculate its latency. It rises at once, and falls
  // after 32 frames that took less than two thirds of it.
  std::uint64_t reported() const noexcept { return reported_; }
  // The median of the last 32 frames, or the shorter of the last two where that is more: an engine that slows
  // down is noticed after two frames.
  std::uint64_t typical() const;

 private:
  static constexpr std::size_t window = 32;

  std::array<double, window> sorted() const;
  bool update();

  std::array<double, window> last_{};
  std::size_t count_ = 0;  // of all measurements
  std::uint64_t reported_ = 0;
};

struct UpstreamLatency {
  bool live = false;
  GstClockTime min = 0;
};

// Upstream's answer to a LATENCY query; nothing where there is none.
std::optional<UpstreamLatency> queryUpstreamLatency(GstPad* sink);

// Answers a LATENCY query on the source pad: upstream's answer plus `own`.
bool answerLatencyQuery(GstPad* sink, GstQuery* query, Lateness& lateness, GstClockTime own);

// Takes a QOS or LATENCY event from downstream into account; other events are ignored.
void handleUpstreamEvent(Lateness& lateness, GstEvent* event);

Arrival arrivalOf(GstElement* element, const GstSegment& segment, const GstVideoInfo& info, GstBuffer* input);

// The message that a frame was late. `counts` as the message's statistics.
void postQos(GstElement* element, const GstSegment& segment, GstBuffer* input, const Verdict& verdict,
             bool live, const FrameCounts& counts);

// The message that the element's latency is now this, upon which the pipeline redistributes latency.
void postLatency(GstElement* element, GstClockTime latency);

}  // namespace cut::gst
