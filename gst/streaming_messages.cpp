// What the streaming thread says on the bus.
#include <utility>

#include "caps.hpp"
#include "debug.hpp"
#include "element_error.hpp"
#include "stats_structure.hpp"
#include "streaming.hpp"

#define GST_CAT_DEFAULT elementCategory

namespace cut::gst {

void Streaming::postLatency() const {
  GST_INFO_OBJECT(element_, "latency is now %" GST_TIME_FORMAT, GST_TIME_ARGS(state_.latency()));
  gst_element_post_message(element(), gst_message_new_latency(GST_OBJECT(element_)));
}

void Streaming::postQos(GstBuffer* input, const Verdict& verdict) const {
  const GstSegment& segment = base()->segment;
  const GstClockTime time = GST_BUFFER_PTS(input);
  GstMessage* message = gst_message_new_qos(GST_OBJECT(element_), state_.lateness().live(),
                                            gst_segment_to_running_time(&segment, GST_FORMAT_TIME, time),
                                            gst_segment_to_stream_time(&segment, GST_FORMAT_TIME, time), time,
                                            GST_BUFFER_DURATION(input));
  gst_message_set_qos_values(message, verdict.jitter, verdict.proportion, 1000000);
  const Report report = state_.statistics().report();
  gst_message_set_qos_stats(message, GST_FORMAT_BUFFERS, report.out, report.late);
  gst_element_post_message(element(), message);
}

void Streaming::postStats(const Controls& controls) {
  const auto now = Clock::now();
  if (!ends(controls.statsInterval)) return;
  if (statsPosted_ && now < *statsPosted_ + std::chrono::nanoseconds(controls.statsInterval)) return;
  statsPosted_ = now;
  gst_element_post_message(element(),
                           gst_message_new_element(GST_OBJECT(element_), statsStructure(state_).release()));
}

// The same warning again and again would only hide others: once a second.
void Streaming::warn(const Fault& fault) {
  const auto now = Clock::now();
  GST_DEBUG_OBJECT(element_, "a frame failed: %s", fault.message.c_str());
  if (warning_ == fault.message && now < warned_ + std::chrono::seconds(1)) return;
  warning_ = fault.message;
  warned_ = now;
  postWarning(element(), fault, "translating a frame");
}

void Streaming::explainCaps(const GstCaps* caps, bool accepted) {
  const std::string text = accepted ? "" : refusal(caps, state_.channels());
  {
    const std::lock_guard lock(refusalMutex_);
    if (text == std::exchange(refusal_, text) || accepted) return;
  }
  g_autofree char* all = gst_caps_to_string(caps);
  GST_ELEMENT_WARNING(element_, CORE, NEGOTIATION, ("This video is refused: %s.", text.c_str()),
                      ("caps: %s", all));
}

}  // namespace cut::gst
