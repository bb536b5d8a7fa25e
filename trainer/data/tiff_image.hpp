// TIFF pictures by libtiff.
#pragma once

#include "pictures/bytes.hpp"
#include "pictures/rgb_image.hpp"

namespace cut::trainer {

// The first picture of a TIFF or BigTIFF, in strips or tiles, whatever its compression that libtiff has:
// grey, RGB, palette and CMYK of 1 to 32 bits or floats from 0 (black) to 1 (white), planes together or
// apart, and YCbCr. Alpha is dropped; colours that are multiplied with it (associated alpha) are divided by
// it. `orientation` is the TIFF's own. Throws wrongFile: another kind, damaged, cut short, or beyond
// `maxPixels`.
pictures::RgbImage decodeTiff(pictures::Bytes file, std::int64_t maxPixels);

}  // namespace cut::trainer
