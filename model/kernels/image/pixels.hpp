// SPDX-License-Identifier: MIT
// Conversion between 8-bit packed pixels and the floats of a network, with padding.
#pragma once

#include <cstddef>
#include <span>

#include "cuttranslate/image.hpp"

namespace cut::cpu {

// Floats of one image, addressed by strides in elements: planar (C, H, W) as well as channels-last.
template <typename Float>
struct BasicFloatImage {
  Float* data = nullptr;
  std::ptrdiff_t channelStride = 0;
  std::ptrdiff_t rowStride = 0;
  std::ptrdiff_t pixelStride = 0;
};

using FloatImage = BasicFloatImage<const float>;
using MutableFloatImage = BasicFloatImage<float>;

// The padded size for a network: sides rounded up to `multiple`, and at least 8, which reflection padding
// needs.
Size paddedSize(Size size, int multiple);

// Fills columns and rows from `size` to `padded` by reflection padding at the right and lower border,
// repeatedly where the padding is wider than the picture.
void reflectBorders(const MutableFloatImage& image, int channels, Size size, Size padded);

// to = x / 127.5 - 1, padded to `padded` by reflectBorders().
void unpack(const ImageView& from, const MutableFloatImage& to, Size padded);

// The same for planes (channels, size.height, size.width) of floats.
void padPlanes(std::span<const float> from, int channels, Size size, const MutableFloatImage& to,
               Size padded);

// to = round((clamp(y, -1, 1) + 1) * 127.5) of the upper left part; the fourth byte comes from `alphaFrom`
// where the layout has one. NaN becomes 0.
void pack(const FloatImage& from, const ImageView& alphaFrom, const MutableImageView& to);

// Whether no value of the upper left part is NaN.
bool holdsNumbers(const FloatImage& from, int channels, Size size);

// The upper left part as planes.
void cropPlanes(const FloatImage& from, int channels, Size size, std::span<float> to);

}  // namespace cut::cpu
