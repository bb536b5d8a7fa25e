// Resizing as Pillow does it: the reference trains and tests on images that Pillow resized.
#pragma once

#include "trainer/data/picture.hpp"

namespace cut::trainer {

enum class Resampling { bilinear, bicubic };  // bicubic: Keys' kernel with a = -0.5

// Antialiased: the kernel widens where the image shrinks. Pillow's order (rows, then columns), its fixed
// point and its 8-bit values in between, so that the result is equal to Pillow's, bit for bit. Throws
// invalidArgument for sides below 1 and wrongFile where the result is beyond maxPixels.
Picture resized(const Picture& picture, std::int64_t width, std::int64_t height, Resampling method);

}  // namespace cut::trainer
