// The orientation that a camera wrote into its picture's EXIF data.
#pragma once

#include "pictures/bytes.hpp"

namespace cut::pictures {

// 1 to 8 from EXIF data that begin with their TIFF header, or with "Exif\0\0" before it; 1 where there is
// none.
int exifOrientation(Bytes exif) noexcept;

}  // namespace cut::pictures
