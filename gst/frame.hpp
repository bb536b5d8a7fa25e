// One frame on its way through the element.
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "cuttranslate/engine.hpp"
#include "cuttranslate/error.hpp"
#include "handles.hpp"
#include "mapped_frame.hpp"
#include "settings.hpp"
#include "signal.hpp"
#include "stats.hpp"

namespace cut::gst {

class FrameTranslator;

// What one model makes of a frame.
struct Rendering {
  std::shared_ptr<FrameTranslator> by;
  GstVideoFrame* target = nullptr;    // where it ends
  std::unique_ptr<ScratchFrame> own;  // the target, where that is not the frame's output
  bool finished = false;  // this and the outcome: guarded by the signal that the engine's thread gives
  Outcome outcome;
};

// The streaming thread's; but while the engine works on it the pixels are the engine's, which holds the frame
// even when the stream has given it up.
struct Frame {
  // Maps both; whole() says whether that could be done.
  Frame(GstBuffer* input, BufferPtr output, const GstVideoInfo& video, const Controls& how);

  bool whole() const noexcept { return from && *from && to && *to; }
  // Gives back everything but the output.
  void release();

  GstVideoInfo info;  // of the caps: what is mapped may have strides of its own
  BufferPtr in;
  BufferPtr out;
  std::optional<MappedFrame> from;
  std::optional<MappedFrame> to;

  Controls controls;
  FrameOutcome outcome = FrameOutcome::translated;
  const char* reason = "";     // why it is not translated
  std::optional<Fault> fault;  // why the engine was not asked
  bool discont = false;        // a frame is missing before it
  std::string model;           // path

  std::unique_ptr<Rendering> rendering;
  std::unique_ptr<Rendering> fading;  // by the model before, in a crossfade
  double fadingWeight = 0;

  Statistics::Clock::time_point arrived = Statistics::Clock::now();
  FrameTimes times;
};

}  // namespace cut::gst
