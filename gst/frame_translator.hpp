// SPDX-License-Identifier: MIT
// The seam to libcuttranslate: GstVideoFrames as its views, and one of its streams, made ready for negotiated
// caps.
#pragma once

#include <gst/video/video.h>

#include <memory>
#include <optional>
#include <variant>

#include "cuttranslate/engine.hpp"
#include "cuttranslate/image.hpp"
#include "cuttranslate/yuv.hpp"
#include "utilities.hpp"
#include "video_frame.hpp"

namespace cut::gst {

// The layout and meaning of a format's samples: packed RGB and GRAY8, or YUV and planar RGB.
using PixelFormat = std::variant<PixelLayout, YuvFormat>;

// Colorimetry that the caps leave open is guessed as decoders do: BT.601 up to 576 lines, BT.709 above;
// limited range; chroma cosited at the left in limited range (H.264's default), centered in full range
// (JPEG's).
PixelFormat pixelFormat(const GstVideoInfo& info);

// Valid while the frame is mapped.
ImageView viewOf(const GstVideoFrame& frame, const PixelLayout& layout);
YuvView viewOf(const GstVideoFrame& frame, const YuvFormat& format);
MutableImageView mutableViewOf(const GstVideoFrame& frame, const PixelLayout& layout);
MutableYuvView mutableViewOf(const GstVideoFrame& frame, const YuvFormat& format);

class FrameTranslator;

// One model's translation of a frame.
struct Rendering {
  std::shared_ptr<FrameTranslator> translator;
  GstVideoFrame* target = nullptr;        // where the engine writes the translation
  std::unique_ptr<ScratchFrame> scratch;  // owns the target, unless that is the frame's output buffer
  bool finished = false;                  // with `outcome` guarded by the condition that begin() was given
  Outcome outcome;
};

// What prepare() came to.
struct Prepared {
  WaitResult wait = WaitResult::ready;
  std::optional<Fault> fault;  // of the engine, where `wait` is ready
  double seconds = 0;          // of the warm-up's frame; 0 without a warm-up
};

// One model's stream for frames of fixed caps. Used by one thread at a time.
class FrameTranslator : public std::enable_shared_from_this<FrameTranslator> {
 public:
  // Throws what SharedModel::makeStream throws.
  FrameTranslator(std::shared_ptr<SharedModel> model, const GstVideoInfo& info);

  // Has the engine configure the stream, and waits for that until `deadline` or an interruption. Called
  // again, it waits for the same answer; called again after a fault, it asks once more.
  Prepared prepare(WarmUp warmUp, const std::shared_ptr<InterruptibleCondition>& condition,
                   std::optional<InterruptibleCondition::Clock::time_point> deadline = {});
  // Whether the engine was asked and has not failed since.
  bool asked() const noexcept { return outcome_ != nullptr; }

  // Has the engine translate `source` into the rendering's target, and returns at once. `owner` keeps both,
  // and is released after the engine has finished and `condition` was changed. Throws what Stream::translate
  // throws.
  void begin(const std::shared_ptr<void>& owner, const GstVideoFrame& source, Rendering& rendering,
             const std::shared_ptr<InterruptibleCondition>& condition);

  const GstVideoInfo& info() const noexcept { return info_; }

 private:
  std::shared_ptr<SharedModel> model_;
  GstVideoInfo info_;
  PixelFormat format_;
  std::unique_ptr<Stream> stream_;
  std::shared_ptr<std::optional<Outcome>> outcome_;  // of prepare(); its content is guarded by the condition
};

}  // namespace cut::gst
