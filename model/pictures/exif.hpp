// SPDX-License-Identifier: MIT
// The orientation in EXIF data, as cameras write it.
#pragma once

#include "pictures/bytes.hpp"

namespace cut::pictures {

// 1 to 8; 1 where there is none. The data begins with its TIFF header, or with "Exif\0\0" before it.
int exifOrientation(Bytes exif) noexcept;

}  // namespace cut::pictures
