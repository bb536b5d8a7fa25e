// SPDX-License-Identifier: MIT
// JPEG pictures by libjpeg-turbo.
#pragma once

#include "pictures/bytes.hpp"
#include "pictures/rgb_image.hpp"

namespace cut::pictures {

// Baseline, extended and progressive JPEG, Huffman or arithmetic coding, of 8 bits; grey, YCbCr, RGB, CMYK
// and YCCK (of the latter two the inverted kind, as Adobe writes it and Pillow assumes it). Throws wrongFile
// for another kind, a damaged or truncated file and more than `maxPixels` pixels.
RgbImage decodeJpeg(Bytes file, std::int64_t maxPixels);

}  // namespace cut::pictures
