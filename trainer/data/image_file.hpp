// Reading one image file.
#pragma once

#include <filesystem>

#include "trainer/data/picture.hpp"

namespace cut::trainer {

// jpg, png, ppm, bmp, tiff or webp, whatever its name says; always three channels.
//   16 bits    scaled to 8 with rounding, not clipped
//   grey       the same value in all three
//   alpha      dropped, as the reference does: what is composited would bring its background into the domain
//   EXIF       orientation is ignored, as Pillow does until it is asked
// Throws notFound, unreadable, or wrongFile (another format, damaged, cut short, beyond maxPixels) with the
// file's name.
Picture readImage(const std::filesystem::path& path);

}  // namespace cut::trainer
