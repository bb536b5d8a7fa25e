// Frames of one kind of caps through a stream of a model: packed RGB and grey directly, all else by way of
// RGB.
#pragma once

#include <gst/video/video.h>

#include <memory>
#include <optional>

#include "cut/engine.hpp"
#include "handles.hpp"

namespace cut::gst {

class FrameTranslator {
 public:
  // Warms the stream up. Throws what Stream::configure throws, and unsupported for frames it cannot serve.
  FrameTranslator(Stream& stream, const GstVideoInfo& info);

  void translate(GstVideoFrame* in, GstVideoFrame* out);

  double warmUpSeconds() const noexcept { return warmUpSeconds_; }

 private:
  // RGB with 8 bits in the frame's own colorimetry.
  struct Conversion {
    explicit Conversion(GstVideoInfo info);
    ScratchFrame input;
    ScratchFrame output;
    ConverterPtr toRgb;
    ConverterPtr fromRgb;
  };

  Stream& stream_;
  std::optional<PixelLayout> layout_;
  std::unique_ptr<Conversion> conversion_;
  double warmUpSeconds_ = 0;
};

}  // namespace cut::gst
