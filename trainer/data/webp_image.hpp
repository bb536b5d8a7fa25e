// WebP pictures by libwebp.
#pragma once

#include "pictures/bytes.hpp"
#include "pictures/rgb_image.hpp"

namespace cut::trainer {

// Lossy or lossless; alpha is dropped; of an animation the first frame, on black where it does not fill the
// canvas. Throws wrongFile: damaged, cut short, or beyond `maxPixels`.
pictures::RgbImage decodeWebp(pictures::Bytes file, std::int64_t maxPixels);

}  // namespace cut::trainer
