// Windows and OS/2 bitmaps. Decoded here: no library at hand reads bit masks of any order and width with
// rounding.
#pragma once

#include "pictures/bytes.hpp"
#include "pictures/rgb_image.hpp"

namespace cut::trainer {

// 1, 2, 4 and 8 bits with a palette, run-length coded too; 16, 24 and 32 bits with any bit masks; rows from
// the bottom or from the top; headers of OS/2 and of Windows up to V5. Alpha and colour profiles do not
// count. Throws wrongFile: another kind, damaged, cut short, or beyond `maxPixels`.
pictures::RgbImage decodeBmp(pictures::Bytes file, std::int64_t maxPixels);

}  // namespace cut::trainer
