// SPDX-License-Identifier: MIT
// Image.resize of Pillow, bit for bit: the reference trains and tests on images that Pillow resized.
#pragma once

#include "trainer/data/picture.hpp"

namespace cut::trainer {

enum class Resampling { bilinear, bicubic };  // bicubic: Keys' kernel with a = -0.5

// Antialiased: the filter is scaled up for downscaling. Horizontal pass first, in Pillow's fixed point, with
// 8-bit intermediate values. Throws invalidArgument for sides below 1 and wrongFile for a result beyond
// maxPixels.
Picture resized(const Picture& picture, std::int64_t width, std::int64_t height, Resampling method);

// A part of an image.
struct Region {
  int left = 0;
  int top = 0;
  int width = 0;
  int height = 0;
};

// The part `region` of resized(picture, width, height, method), the same pixels for the work of the part
// alone. Throws as resized(), and invalidArgument for a region that is not within it.
Picture resizedRegion(const Picture& picture, std::int64_t width, std::int64_t height, const Region& region,
                      Resampling method);

}  // namespace cut::trainer
