// SPDX-License-Identifier: MIT
// TIFF files of any layout, written by libtiff.
#pragma once

#include <tiffio.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cut::trainer::test {

struct TiffKind {
  const char* name = "";
  const char* mode = "wl";  // b: big-endian; 8: BigTIFF
  int bits = 8;
  int format = SAMPLEFORMAT_UINT;
  int photometric = PHOTOMETRIC_RGB;
  int samples = 3;
  bool planar = false;
  int tile = 0;  // its side; 0: strips of rowsPerStrip
  int rowsPerStrip = 4;
  int compression = COMPRESSION_NONE;
  int predictor = 1;
  int extra = -1;  // what the last sample is (EXTRASAMPLE_...); -1: a colour
  int orientation = 0;
};

// Sample `c` of a pixel, as it is stored in the file.
using TiffValue = std::function<double(int x, int y, int c)>;
// Sets more tags before the pixels are written.
using TiffTags = std::function<void(TIFF*)>;

// The bytes of a file with `pages` images; all but the first are black.
std::string writeTiff(const TiffKind& kind, int width, int height, const TiffValue& value,
                      const TiffTags& tags = {}, int pages = 1);

}  // namespace cut::trainer::test
