// SPDX-License-Identifier: MIT
// PNG pictures by libpng.
#pragma once

#include "pictures/bytes.hpp"
#include "pictures/rgb_image.hpp"

namespace cut::pictures {

// Every kind: 1 to 16 bits, grey, colour, palette, interlaced; of an animation the default image. 16 bits are
// rounded to 8; alpha, tRNS, gAMA, sBIT, bKGD and colour profiles are ignored. Throws wrongFile for a damaged
// or truncated file and more than `maxPixels` pixels.
RgbImage decodePng(Bytes file, std::int64_t maxPixels);

}  // namespace cut::pictures
