// The arithmetic of a YUV format as factors between its samples and the network's range.
#pragma once

#include <array>

#include "cuttranslate/yuv.hpp"

namespace cut::cpu {

// result[i] = offset[i] + sum over j of factor[i][j] * input[j]
struct ColorTransform {
  std::array<std::array<float, 3>, 3> factor;
  std::array<float, 3> offset;
};

// Samples (Y, U, V) to (red, green, blue) in [-1, 1], not clamped.
ColorTransform rgbFromYuv(const YuvFormat& format);

// (Red, green, blue) in [-1, 1] to samples (Y, U, V), neither rounded nor clamped.
ColorTransform yuvFromRgb(const YuvFormat& format);

}  // namespace cut::cpu
