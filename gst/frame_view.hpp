// GStreamer's frames as libcuttranslate's views.
#pragma once

#include <gst/video/video.h>

#include <variant>

#include "cuttranslate/image.hpp"
#include "cuttranslate/yuv.hpp"

namespace cut::gst {

// How the samples of a format that the element takes lie and what they mean: packed RGB and grey of 8 bits,
// or YUV and planar RGB.
using PixelFormat = std::variant<PixelLayout, YuvFormat>;

// Colorimetry that caps leave open is guessed as decoders do: BT.601 up to 576 lines, else BT.709; limited
// range; chroma at the left in limited range (H.264's default), in the middle in full range (JPEG's).
PixelFormat pixelFormat(const GstVideoInfo& info);

// The frame is mapped as long as the view is used.
ImageView viewOf(const GstVideoFrame& frame, const PixelLayout& layout);
YuvView viewOf(const GstVideoFrame& frame, const YuvFormat& format);
MutableImageView mutableViewOf(const GstVideoFrame& frame, const PixelLayout& layout);
MutableYuvView mutableViewOf(const GstVideoFrame& frame, const YuvFormat& format);

}  // namespace cut::gst
