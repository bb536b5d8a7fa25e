// SPDX-License-Identifier: MIT
// Conversion between YUV pictures and the floats of a network, without 8-bit RGB in between.
#pragma once

#include <array>

#include "cuttranslate/yuv.hpp"
#include "kernels/base/parallel_for.hpp"
#include "kernels/image/pixels.hpp"

namespace cut::cpu {

// Red, green and blue in [-1, 1] by the format's matrix and range (ITU-R BT.601, BT.709, BT.2020), clamped;
// chroma is interpolated linearly at its site. Padded to `padded` by reflection, as unpack() does for RGB.
void unpack(const YuvView& from, const MutableFloatImage& to, Size padded, ParallelFor parallelFor);

// The upper left part of the network's output, clamped to [-1, 1], rounded once to the samples of `to`.
// Chroma is filtered with 1 2 1 where it is cosited, else averaged. Alpha comes from `alphaFrom`. Returns
// whether no value was NaN.
bool pack(const FloatImage& from, const YuvView& alphaFrom, const MutableYuvView& to,
          ParallelFor parallelFor);

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
