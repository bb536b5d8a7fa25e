// JPEG pictures by libjpeg-turbo.
#pragma once

#include "pictures/bytes.hpp"
#include "pictures/rgb_image.hpp"

namespace cut::pictures {

// Baseline, extended and progressive JPEG, Huffman or arithmetic coding, of 8 bits; grey, YCbCr, RGB, CMYK
// and YCCK (whose inks are stored inverted, as Adobe does and Pillow takes for given). Throws wrongFile:
// another kind, damaged or cut short, or beyond `maxPixels`.
RgbImage decodeJpeg(Bytes file, std::int64_t maxPixels);

}  // namespace cut::pictures
