// Which video the element takes.
#pragma once

#include <gst/video/video.h>

#include <string>

#include "utilities.hpp"

namespace cut::gst {

// RGB comes first, so that free negotiation does not subsample the colours.
#define CUT_RGB_FORMATS "RGB, BGR, RGBx, BGRx, xRGB, xBGR, RGBA, BGRA, ARGB, ABGR"
#define CUT_YUV_FORMATS                                                                                    \
  "NV12, NV21, I420, YV12, YUY2, UYVY, P010_10LE, YVYU, VYUY, Y42B, NV16, NV61, Y444, NV24, v308, IYU2, "  \
  "A420, AYUV, VUYA, P012_LE, P016_LE, I420_10LE, I420_12LE, A420_10LE, I422_10LE, I422_12LE, A422_10LE, " \
  "Y444_10LE, Y444_12LE, Y444_16LE, A444_10LE, GBR, GBRA, GBR_10LE, GBRA_10LE, GBR_12LE, GBRA_12LE"
#define CUT_GRAY_FORMATS "GRAY8"
#define CUT_LARGEST_SIDE 32768  // of libcuttranslate's frames
#define CUT_ALL_FORMATS "{ " CUT_RGB_FORMATS ", " CUT_YUV_FORMATS ", " CUT_GRAY_FORMATS " }"

// What of `caps` a model of so many channels (1 or 3; 0: any) can translate: its formats, progressive, one
// view.
CapsPtr servable(const GstCaps* caps, int channels);

// The same in answer to a caps query for the sink pad: RGB first, whatever others would like better, and
// progressive. Fixed caps stay fixed: a capsfilter before buffers without caps needs that.
CapsPtr preferred(const GstCaps* caps, int channels);

// The channels of a model that takes frames like these: 1 or 3.
int channelsOf(const GstVideoInfo& info);

// Why frames like these cannot be translated, and what to do; nullptr where they can.
const char* refusal(const GstVideoInfo& info);

// Why fixed `caps` are refused by a model of so many channels (0: not known yet), and what to do.
std::string refusal(const GstCaps* caps, int channels);

}  // namespace cut::gst
