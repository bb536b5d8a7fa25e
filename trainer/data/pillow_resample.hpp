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

}  // namespace cut::trainer
