// SPDX-License-Identifier: MIT
// The streaming thread: buffers and caps from upstream, frames through the queue, buffers downstream.
#pragma once

#include <gst/base/gstbasetransform.h>
#include <gst/video/gstvideofilter.h>

#include <chrono>
#include <memory>
#include <optional>

#include "frame_queue.hpp"
#include "messages.hpp"
#include "model_slot.hpp"
#include "qos.hpp"
#include "utilities.hpp"

namespace cut::gst {

struct TranslateState;

// Of the streaming thread; only interrupt() may be called from others. No lock is held while it pushes
// downstream, asks the engine or posts a message.
class Streaming {
 public:
  // Both outlive it.
  Streaming(GstVideoFilter* element, TranslateState& state) : element_(element), state_(state) {}

  void start();  // READY→PAUSED
  void stop();   // PAUSED→READY, when the streaming thread has left
  // Wakes the streaming thread where it waits for the engine: it returns GST_FLOW_FLUSHING until flush() or
  // start().
  void interrupt(Interruption reason) { queue_.condition()->interrupt(reason); }

  // New caps: has the engine prepare for frames of this size.
  GstFlowReturn configure(const GstVideoInfo& info);
  // Takes a buffer: it is dropped, or in flight.
  GstFlowReturn accept(BufferPtr input);
  // The oldest frame's output; `*output` is nullptr where none is finished. Waits for one where
  // frames-in-flight are there, or where `drain` is set.
  GstFlowReturn next(bool drain, GstBuffer** output);
  // Pushes all frames in flight downstream.
  void drain();
  void flush();       // FLUSH_STOP: drops all frames in flight
  void newSegment();  // or the start of a stream: upstream's latency is asked for again

  // Where a buffer pool has so many buffers, no more frames may be in flight.
  void setMostFrames(int most) noexcept { mostFrames_ = most; }

 private:
  using Clock = std::chrono::steady_clock;

  // What is to become of an input.
  struct Plan {
    Controls controls;
    FrameOutcome outcome = FrameOutcome::translated;
    const char* reason = "";
    Verdict verdict;
  };

  // A buffer for an output; where there is none, why.
  struct Output {
    BufferPtr buffer;
    GstFlowReturn flow = GST_FLOW_ERROR;
  };

  GstElement* element() const { return GST_ELEMENT(element_); }
  GstBaseTransform* base() const { return GST_BASE_TRANSFORM(element_); }

  Plan plan(GstBuffer* input);
  Output makeOutput(GstBuffer* input);
  GstFlowReturn failWithoutOutput(GstFlowReturn flow) const;
  GstFlowReturn failUnmapped(const Frame& frame) const;
  GstFlowReturn finish(const PopResult& result, GstBuffer** output);
  void account(const Frame& frame, bool failed);
  void postStats(const Controls& controls);

  void use(std::shared_ptr<FrameTranslator> translator, double frameSeconds, int crossfade);
  GstFlowReturn engineNotReady(std::shared_ptr<FrameTranslator> translator, const Fault& fault,
                               const Controls& controls, const LoadedModel* pending);
  void prepareAgain();
  void updateLatency(const Controls& controls);
  void swapModels();
  GstVideoInfo infoFor(int channels) const;

  GstVideoFilter* element_;
  TranslateState& state_;
  FrameQueue queue_;
  LatencyEstimate estimate_;
  GstClockTime frameDuration_ = 0;  // by the caps' framerate; 0: not known
  int mostFrames_ = G_MAXINT;
  bool upstreamKnown_ = false;             // its latency was asked for in this segment
  GstFlowReturn drainFlow_ = GST_FLOW_OK;  // of drain(), which cannot return it; the next accept() does

  // Where the engine was not ready for the caps: the translator that is asked again.
  std::shared_ptr<FrameTranslator> preparing_;
  WarmUp warmUp_ = WarmUp::frame;
  Clock::time_point failedAt_;

  std::optional<Clock::time_point> statsPosted_;
  FrameWarnings warnings_;
};

}  // namespace cut::gst
