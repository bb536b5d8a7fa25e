// SPDX-License-Identifier: MIT
// Decoders of the image formats that cut-trainer reads, one .cpp each. All throw wrongFile for a file that is
// damaged, cut short, of a kind that is not supported, or that has more than `maxPixels` pixels.
#pragma once

#include "pictures/bytes.hpp"
#include "pictures/rgb_image.hpp"

namespace cut::trainer {

// Windows and OS/2 bitmaps: 1, 2, 4 and 8 bits with a palette, also RLE4 and RLE8; 16, 24 and 32 bits with
// any bit masks; bottom-up and top-down; OS/2 headers and Windows headers up to V5. Alpha and colour profiles
// are ignored. Decoded here because no library at hand scales channels of any mask and width with rounding.
pictures::RgbImage decodeBmp(pictures::Bytes file, std::int64_t maxPixels);

// By giflib. The first frame, on the background colour where it is smaller than the logical screen; a
// transparent pixel keeps the colour of its index.
pictures::RgbImage decodeGif(pictures::Bytes file, std::int64_t maxPixels);

// Netpbm: P1 to P6 with a MAXVAL of 1 to 65535, and P7 (PAM) of 1 to 4 channels, whose alpha is dropped. Of
// several images the first is read. Decoded here because no library at hand scales every MAXVAL with
// rounding.
pictures::RgbImage decodePnm(pictures::Bytes file, std::int64_t maxPixels);

// By libtiff. The first image of a TIFF or BigTIFF, in strips or tiles, with any compression that libtiff
// has: grey, RGB, palette and CMYK of 1 to 32 bits or of floats from 0 (black) to 1 (white), contiguous or
// planar, and YCbCr. Alpha is dropped; colours with associated (premultiplied) alpha are divided by it first.
// The result's `orientation` is the TIFF's tag.
pictures::RgbImage decodeTiff(pictures::Bytes file, std::int64_t maxPixels);

// By libwebp, lossy or lossless. Alpha is dropped. Of an animation the first frame is read, on black where it
// is smaller than the canvas.
pictures::RgbImage decodeWebp(pictures::Bytes file, std::int64_t maxPixels);

}  // namespace cut::trainer
