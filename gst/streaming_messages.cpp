// What the streaming thread says on the bus.
#include <utility>

#include "caps.hpp"
#include "messages.hpp"
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
  const FrameCounts counts = state_.statistics().counts();
  gst_message_set_qos_stats(message, GST_FORMAT_BUFFERS, counts.out, counts.late);
  gst_element_post_message(element(), message);
}

void Streaming::postStats(const Controls& controls) {
  const auto now = Clock::now();
  if (!isFinite(controls.statsInterval)) return;
  if (statsPosted_ && now < *statsPosted_ + std::chrono::nanoseconds(controls.statsInterval)) return;
  statsPosted_ = now;
  gst_element_post_message(element(),
                           gst_message_new_element(GST_OBJECT(element_), state_.stats().release()));
}

// An error, not a warning: no frame can come. The source's own, which follows, says nothing of the reason,
// and gst-launch-1.0 prints no warning of a pipeline that does not preroll.
void Streaming::postRefusal(const std::string& why, const GstCaps* caps) {
  if (explained_.exchange(true)) return;
  g_autofree char* all = gst_caps_to_string(caps);
  GST_ELEMENT_ERROR(element_, CORE, NEGOTIATION, ("This video is refused: %s.", why.c_str()),
                    ("caps: %s", all));
}

void Streaming::explainCaps(const GstCaps* caps) {
  postRefusal(refusal(caps, state_.channels()), caps);
}

void Streaming::capsCame(const GstCaps* caps, bool taken) {
  if (taken) explained_ = false;
  GstPad* source = GST_BASE_TRANSFORM_SRC_PAD(base());
  if (taken || GST_PAD_IS_FLUSHING(source) ||
      gst_pad_peer_query_accept_caps(source, const_cast<GstCaps*>(caps)))
    return;
  GstVideoInfo info;
  if (!gst_video_info_from_caps(&info, caps)) return;
  postRefusal(std::string(GST_VIDEO_INFO_NAME(&info)) + " of " + std::to_string(info.width) + "x" +
                  std::to_string(info.height) +
                  ", which goes out as it comes in, and what is behind the element does not take that: put "
                  "videoconvert, or videoscale for another size, behind it",
              caps);
}

}  // namespace cut::gst
