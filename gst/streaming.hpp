// Frames, events and messages between GStreamer and the state: what the streaming thread does.
#pragma once

#include <gst/base/gstbasetransform.h>
#include <gst/video/gstvideofilter.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

#include "messages.hpp"
#include "translate_state.hpp"

namespace cut::gst {

// Of the streaming thread.
class Streaming {
 public:
  // Both outlive it.
  Streaming(GstVideoFilter* element, TranslateState& state) : element_(element), state_(state) {}

  // READY→PAUSED: what was said before is forgotten.
  void begin() noexcept;
  // A stream begins, or another segment: who is upstream is asked again.
  void restart() noexcept;

  // Takes a frame: it is dropped, or on its way after that.
  GstFlowReturn accept(BufferPtr input);
  // The next one to go out; `*output` is nullptr where none is ready. Waits for one where as many are on
  // their way as may be, or `all` are wanted.
  GstFlowReturn next(bool all, GstBuffer** output);
  // Pushes all that are on their way.
  void drain();

  GstFlowReturn configure(const GstVideoInfo& info);

  // Posts an error that says why caps that came are refused: once, until others are accepted. From any
  // thread.
  void explainCaps(const GstCaps* caps);
  // After a caps event, whose caps the element itself accepts: the same where what is behind it does not.
  void capsCame(const GstCaps* caps, bool taken);
  // No more frames are on their way than there are buffers for.
  void setMostFrames(int most) noexcept { mostFrames_ = most; }

 private:
  using Clock = std::chrono::steady_clock;

  GstElement* element() const { return GST_ELEMENT(element_); }
  GstBaseTransform* base() const { return GST_BASE_TRANSFORM(element_); }

  struct Upstream {
    bool live = false;
    GstClockTime latency = 0;
  };

  // A buffer for a frame that goes out; where there is none, why.
  struct Output {
    BufferPtr buffer;
    GstFlowReturn flow = GST_FLOW_ERROR;
  };

  std::optional<Upstream> upstream() const;
  void askUpstream();
  Arrival arrivalOf(GstBuffer* input) const;
  Output makeOutput(GstBuffer* input);
  GstFlowReturn refuse(const Frame& frame) const;
  GstFlowReturn refuseWithoutOutput(GstFlowReturn flow) const;
  void postQos(GstBuffer* input, const Verdict& verdict) const;
  void postLatency() const;
  void postStats(const Controls& controls);
  void postRefusal(const std::string& why, const GstCaps* caps);
  GstFlowReturn finish(PopResult step, GstBuffer** output);

  void swapModels();
  GstVideoInfo framesOf(int channels) const;
  bool neighboursServe(int channels) const;
  void announce(const ModelSwap& swap);

  GstVideoFilter* element_;
  TranslateState& state_;
  bool upstreamKnown_ = false;
  GstFlowReturn drained_ = GST_FLOW_OK;  // what pushing in drain() gave
  std::optional<Clock::time_point> statsPosted_;
  FrameWarnings warnings_;
  std::atomic<bool> explained_ = false;  // that caps are refused, since others were accepted
  int mostFrames_ = G_MAXINT;
};

}  // namespace cut::gst
