// SPDX-License-Identifier: MIT
// The frames in flight, in order: from the chain function through the engine to the output.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cuttranslate/engine.hpp"
#include "frame_translator.hpp"
#include "properties.hpp"
#include "stats.hpp"
#include "utilities.hpp"
#include "video_frame.hpp"

namespace cut::gst {

// A frame between its input and its output buffer. It belongs to the streaming thread; while the engine works
// on it the pixels are the engine's, which keeps the frame even after the queue has given it up.
struct Frame {
  // Maps both buffers; mapped() says whether both hold a whole frame.
  Frame(GstBuffer* input, BufferPtr output, const GstVideoInfo& video, const Controls& values);

  bool mapped() const noexcept { return source && *source && target && *target; }
  // Unmaps both and drops everything but the output buffer.
  void release();

  GstVideoInfo info;  // of the caps; the mapped frames may have other strides
  BufferPtr input;
  BufferPtr output;
  std::optional<MappedFrame> source;
  std::optional<MappedFrame> target;

  Controls controls;  // as they were when the frame came in
  FrameOutcome outcome = FrameOutcome::translated;
  const char* reason = "";     // why it is not translated: "disabled", "late", "error"
  std::optional<Fault> fault;  // why the engine was not asked
  bool discont = false;        // frames before it were dropped
  std::string model;           // path

  std::unique_ptr<Rendering> rendering;
  std::unique_ptr<Rendering> fading;  // by the previous model, during a crossfade
  double fadingWeight = 0;            // of the previous model

  Statistics::Clock::time_point arrived = Statistics::Clock::now();
  FrameTimes times;
};

// GstCutTranslateMeta of the outputs (gstcuttranslatemeta.h).
void registerFrameMeta();
bool isFrameMeta(const GstMeta* meta);
void addFrameMeta(const Frame& frame);

// What FrameQueue::pop() came to.
struct PopResult {
  bool interrupted = false;
  std::shared_ptr<Frame> frame;  // finished, with its output alone; nullptr: none is finished yet
  std::optional<Fault> fault;    // of the engine, whatever on-error made of the frame
  bool failed = false;           // on-error=fail: the fault ends the stream
};

// Of the streaming thread; only condition() may be used by others.
class FrameQueue {
 public:
  // Returns an output buffer for `input` as Frame's constructor was given one; nullptr where there is none.
  using MakeOutput = std::function<BufferPtr(GstBuffer* input)>;

  // From the next frame on `translator` is asked; over `crossfade` frames blended with the previous one.
  void use(std::shared_ptr<FrameTranslator> translator, const std::string& model, int crossfade);
  // From the next frame on each fails with `fault`: the engine is not ready for the negotiated caps.
  void useNone(const Fault& fault, const std::string& model);
  // Drops all frames, in the engine too, and the translator. Returns how many frames were in flight.
  std::size_t clear();
  // Drops all frames, and the output kept for `repeat`. Returns how many were in flight.
  std::size_t flush();

  const std::shared_ptr<InterruptibleCondition>& condition() const noexcept { return condition_; }
  bool empty() const noexcept { return frames_.empty(); }
  std::size_t translating() const;  // frames that the engine has not finished
  // Whether the engine still works on a frame that frame-timeout gave up, and may write to that frame's
  // output.
  bool engineOverdue();

  // Takes a mapped frame whose outcome is decided, and has the engine translate it where that says so.
  void push(const std::shared_ptr<Frame>& frame);
  // A frame was dropped before the next one: that one gets DISCONT.
  void markDiscont() noexcept { discont_ = true; }

  // The oldest frame. Waits for it where frames-in-flight are there already, or where `drain` is set; returns
  // no frame where it need not wait and that one is not finished.
  PopResult pop(bool drain, const MakeOutput& makeOutput);

 private:
  void startRendering(const std::shared_ptr<Frame>& frame);
  bool rendered(const Frame& frame) const;
  std::optional<Fault> faultOfRendering(const Frame& frame) const;
  PopResult take(bool timedOut, const MakeOutput& makeOutput);
  void applyErrorPolicy(PopResult& result, bool timedOut, const MakeOutput& makeOutput);
  void writeOutput(Frame& frame);
  void blendTranslation(Frame& frame);
  void keepForRepeat(Frame& frame);

  std::shared_ptr<InterruptibleCondition> condition_ = std::make_shared<InterruptibleCondition>();
  std::shared_ptr<FrameTranslator> translator_;
  Fault notReady_;  // why there is no translator
  std::string model_;
  std::deque<std::shared_ptr<Frame>> frames_;
  bool discont_ = false;        // a frame was dropped before the next push()
  bool outputDiscont_ = false;  // a frame was dropped before the next output

  std::shared_ptr<FrameTranslator> fading_;  // of the previous model
  int fadingFrames_ = 0;
  int fadedFrames_ = 0;

  std::shared_ptr<Frame> overdue_;            // given up after frame-timeout, not finished by the engine
  std::unique_ptr<ScratchFrame> lastOutput_;  // where late or on-error may repeat it
};

}  // namespace cut::gst
