// Pictures of the netpbm family: PBM, PGM, PPM and PAM. Decoded here: no library at hand scales every MAXVAL
// with rounding.
#pragma once

#include "pictures/bytes.hpp"
#include "pictures/rgb_image.hpp"

namespace cut::trainer {

// P1 to P6 with a white of 1 to 65535, and P7 (PAM) of 1 to 4 channels, whose alpha is dropped; the first
// picture of several. Throws wrongFile: damaged, cut short, or beyond `maxPixels`.
pictures::RgbImage decodePnm(pictures::Bytes file, std::int64_t maxPixels);

}  // namespace cut::trainer
