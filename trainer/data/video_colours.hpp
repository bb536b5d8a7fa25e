// SPDX-License-Identifier: MIT
// Conversion between video frames and RGB: ITU-R BT.601, BT.709 and BT.2020.
#pragma once

#include <optional>
#include <string>

#include "trainer/data/libav.hpp"
#include "trainer/data/picture.hpp"

namespace cut::trainer {

// How a frame encodes R'G'B': matrix coefficients, range and chroma location. Primaries are not converted.
struct VideoColours {
  AVColorSpace matrix = AVCOL_SPC_BT709;
  bool fullRange = false;
  AVChromaLocation site = AVCHROMA_LOC_LEFT;
};

// Y' = kr R' + kg G' + kb B'.
struct LumaCoefficients {
  double kr = 0;
  double kb = 0;

  double kg() const noexcept { return 1 - kr - kb; }
};

// Nothing for RGB and for matrices that are not of this form (constant luminance, ICtCp).
std::optional<LumaCoefficients> lumaCoefficients(AVColorSpace matrix) noexcept;

// For untagged frames, as players do: BT.709 above 576 rows, else BT.601.
AVColorSpace matrixByHeight(int height) noexcept;

// From the frame's tags. Defaults: matrix by height; limited range, but full range for RGB, grey and the JPEG
// pixel formats; chroma location left. Throws unsupported for transfer functions that are not SDR (HLG, PQ,
// linear light), for matrices without LumaCoefficients, and for pixel formats that are not integers. `name`
// begins the message.
VideoColours coloursOf(const AVFrame& frame, const std::string& name);

// RGB, each value rounded once; chroma is upsampled by linear interpolation at its location. Throws as
// coloursOf.
Picture toPicture(const AVFrame& frame, const std::string& name);

// 8-bit YUV 4:2:0 of the size; the last row or column is repeated where the picture is smaller. Chroma is
// averaged around its location, left or centre. `colours.matrix` is one that coloursOf returns, except RGB.
// Throws outOfMemory.
FramePtr toYuv420(const Picture& picture, int width, int height, const VideoColours& colours);

}  // namespace cut::trainer
