// SPDX-License-Identifier: MIT
#include "qos.hpp"

#include <algorithm>
#include <cmath>

#include "messages.hpp"

#define GST_CAT_DEFAULT elementCategory

namespace cut::gst {
namespace {

constexpr std::uint64_t millisecond = 1'000'000;

// Default of GstBaseSink's property processing-deadline, which sinks add to their latency.
constexpr std::uint64_t processingDeadline = 20 * millisecond;

// Lateness::judge() lets a frame through after so long.
constexpr std::uint64_t longestFreeze = 1000 * millisecond;

// LatencyEstimate ignores the longest measurement from this many on.
constexpr std::size_t outlierAfter = 8;

// A live source is never quite on time: a frame's duration is tolerated, but not much more than the
// translation takes.
std::uint64_t tolerance(std::uint64_t duration, std::uint64_t typical) {
  const std::uint64_t most = std::max(typical / 2, 40 * millisecond);
  return duration > 0 ? std::min(duration, most) : most;
}

std::uint64_t withMargin(double seconds) {
  // The last term keeps 0.1 s at 110 ms: 0.1 is a little more in binary, which ceil() would make 111.
  return static_cast<std::uint64_t>(std::ceil(seconds * 1.1 * 1e3 - 1e-6)) * millisecond;
}

void handleQosEvent(Lateness& lateness, GstEvent* event) {
  GstQOSType type = GST_QOS_TYPE_UNDERFLOW;
  gdouble proportion = 1;
  GstClockTimeDiff difference = 0;
  GstClockTime time = 0;
  gst_event_parse_qos(event, &type, &proportion, &difference, &time);
  if (!GST_CLOCK_TIME_IS_VALID(time)) return;
  if (type == GST_QOS_TYPE_THROTTLE)
    lateness.setThrottle(difference, time);
  else
    lateness.setQos(proportion, difference, time);
}

std::optional<std::uint64_t> valid(GstClockTime time) {
  return GST_CLOCK_TIME_IS_VALID(time) ? std::optional<std::uint64_t>(time) : std::nullopt;
}

}  // namespace

void Lateness::restart() {
  const std::lock_guard lock(mutex_);
  proportion_ = 1;
  earliest_.reset();
  lateOnce_ = false;
  lateSince_.reset();
}

void Lateness::setUpstream(bool live, std::uint64_t latency) {
  const std::lock_guard lock(mutex_);
  live_ = live;
  upstream_ = latency;
}

void Lateness::setPipelineLatency(std::uint64_t latency) {
  const std::lock_guard lock(mutex_);
  pipeline_ = latency;
}

void Lateness::setQos(double proportion, std::int64_t difference, std::uint64_t runningTime) {
  const std::lock_guard lock(mutex_);
  proportion_ = proportion;
  earliest_ = static_cast<std::int64_t>(runningTime) + difference;
  lateOnce_ |= difference > 0;
}

void Lateness::setThrottle(std::int64_t span, std::uint64_t runningTime) {
  const std::lock_guard lock(mutex_);
  earliest_ = static_cast<std::int64_t>(runningTime) + span;
}

bool Lateness::live() const {
  const std::lock_guard lock(mutex_);
  return live_;
}

// How long after its time the frame would reach the sink; negative: before. Only live sources get a
// tolerance: others deliver on demand, and a later frame will be in time.
std::int64_t Lateness::delay(const Arrival& arrival, std::uint64_t typical, std::uint64_t reported) const {
  const std::uint64_t latency =
      live_ ? std::max(pipeline_, upstream_ + reported + processingDeadline) : pipeline_;
  const std::uint64_t wanted =
      *arrival.runningTime + latency + (live_ ? tolerance(arrival.duration, typical) : 0);
  return static_cast<std::int64_t>(*arrival.now + typical) - static_cast<std::int64_t>(wanted);
}

Verdict Lateness::judge(const Arrival& arrival, std::uint64_t typical, std::uint64_t reported) {
  const std::lock_guard lock(mutex_);
  Verdict verdict{false, 0, proportion_};
  if (!arrival.runningTime) return verdict;
  const auto time = static_cast<std::int64_t>(*arrival.runningTime);
  if (earliest_ && time <= *earliest_) {
    verdict.late = true;
    verdict.jitter = *earliest_ - time;
  }
  if (!usesClock() || !arrival.now) return verdict;
  if (const std::int64_t late = delay(arrival, typical, reported); late > 0) {
    verdict.late = true;
    verdict.jitter = std::max(verdict.jitter, late);
  }
  if (!verdict.late) {
    lateSince_.reset();
  } else if (!lateSince_) {
    lateSince_ = arrival.now;
  } else if (*arrival.now >= *lateSince_ + longestFreeze) {
    lateSince_.reset();
    verdict.late = false;
  }
  return verdict;
}

void LatencyEstimate::clear() {
  count_ = 0;
  reported_ = 0;
}

bool LatencyEstimate::restart(double seconds) {
  const std::uint64_t before = reported_;
  clear();
  add(seconds);
  return reported_ != before;
}

bool LatencyEstimate::add(double seconds) {
  last_[count_++ % window] = seconds;
  return update();
}

// Descending; only the first min(count_, window) are measurements.
std::array<double, LatencyEstimate::window> LatencyEstimate::sorted() const {
  auto all = last_;
  std::sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(count_, window)),
            [](double a, double b) { return a > b; });
  return all;
}

bool LatencyEstimate::update() {
  const std::uint64_t needed = withMargin(sorted()[count_ >= outlierAfter ? 1 : 0]);
  const bool tooLittle = needed > reported_;
  const bool tooMuch = count_ >= window && needed * 3 < reported_ * 2;
  if (!tooLittle && !tooMuch) return false;
  reported_ = needed;
  return true;
}

std::uint64_t LatencyEstimate::typical() const {
  if (count_ == 0) return 0;
  const double median = sorted()[std::min(count_, window) / 2];
  const auto fromEnd = [this](std::size_t frames) {
    return last_[(count_ - std::min(frames, count_)) % window];
  };
  return static_cast<std::uint64_t>(std::max(median, std::min(fromEnd(1), fromEnd(2))) * 1e9);
}

std::optional<UpstreamLatency> queryUpstreamLatency(GstPad* sink) {
  const QueryPtr query(gst_query_new_latency());
  if (!gst_pad_peer_query(sink, query.get())) return std::nullopt;
  gboolean live = FALSE;
  GstClockTime min = 0;
  gst_query_parse_latency(query.get(), &live, &min, nullptr);
  return UpstreamLatency{live != FALSE, min};
}

bool answerLatencyQuery(GstPad* sink, GstQuery* query, Lateness& lateness, GstClockTime own) {
  if (!gst_pad_peer_query(sink, query)) return false;
  gboolean live = FALSE;
  GstClockTime min = 0;
  GstClockTime max = 0;
  gst_query_parse_latency(query, &live, &min, &max);
  lateness.setUpstream(live, min);
  gst_query_set_latency(query, live, min + own, GST_CLOCK_TIME_IS_VALID(max) ? max + own : max);
  return true;
}

void handleUpstreamEvent(Lateness& lateness, GstEvent* event) {
  if (GST_EVENT_TYPE(event) == GST_EVENT_QOS) {
    handleQosEvent(lateness, event);
  } else if (GST_EVENT_TYPE(event) == GST_EVENT_LATENCY) {
    GstClockTime latency = 0;
    gst_event_parse_latency(event, &latency);
    lateness.setPipelineLatency(latency);
  }
}

Arrival arrivalOf(GstElement* element, const GstSegment& segment, const GstVideoInfo& info,
                  GstBuffer* input) {
  Arrival arrival;
  if (segment.format != GST_FORMAT_TIME) return arrival;
  arrival.runningTime = valid(gst_segment_to_running_time(&segment, GST_FORMAT_TIME, GST_BUFFER_PTS(input)));
  arrival.now = valid(gst_element_get_current_running_time(element));
  if (GST_BUFFER_DURATION_IS_VALID(input))
    arrival.duration = GST_BUFFER_DURATION(input);
  else if (info.fps_n > 0)
    arrival.duration = gst_util_uint64_scale_int(GST_SECOND, info.fps_d, info.fps_n);
  return arrival;
}

void postQos(GstElement* element, const GstSegment& segment, GstBuffer* input, const Verdict& verdict,
             bool live, const FrameCounts& counts) {
  const GstClockTime time = GST_BUFFER_PTS(input);
  GstMessage* message = gst_message_new_qos(
      GST_OBJECT(element), live, gst_segment_to_running_time(&segment, GST_FORMAT_TIME, time),
      gst_segment_to_stream_time(&segment, GST_FORMAT_TIME, time), time, GST_BUFFER_DURATION(input));
  gst_message_set_qos_values(message, verdict.jitter, verdict.proportion, 1000000);
  gst_message_set_qos_stats(message, GST_FORMAT_BUFFERS, counts.out, counts.late);
  gst_element_post_message(element, message);
}

void postLatency(GstElement* element, GstClockTime latency) {
  GST_INFO_OBJECT(element, "latency is now %" GST_TIME_FORMAT, GST_TIME_ARGS(latency));
  gst_element_post_message(element, gst_message_new_latency(GST_OBJECT(element)));
}

}  // namespace cut::gst
