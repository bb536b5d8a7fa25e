// GIF pictures by giflib.
#pragma once

#include "pictures/bytes.hpp"
#include "pictures/rgb_image.hpp"

namespace cut::trainer {

// The first frame, on the background colour where it does not fill the screen; a transparent pixel has the
// colour of its index. Throws wrongFile: damaged, cut short, or beyond `maxPixels`.
pictures::RgbImage decodeGif(pictures::Bytes file, std::int64_t maxPixels);

}  // namespace cut::trainer
