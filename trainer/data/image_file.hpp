// Reading one image file.
#pragma once

#include <filesystem>

#include "trainer/data/picture.hpp"

namespace cut::trainer {

// What an orientation in a picture's EXIF data does: nothing, as in the reference (Pillow until it is asked),
// or the picture is turned and mirrored to stand as cameras and viewers show it.
enum class ExifOrientation { ignored, applied };

// jpg, png, webp, tiff, gif, bmp, or ppm and its kin, whatever its name says; always three channels.
//   16 bits    scaled to 8 with rounding; so is every other depth
//   grey       the same value in all three
//   alpha      dropped, as the reference does: what is composited would bring its background into the domain.
//              TIFF's associated alpha is divided out first
//   CMYK       as Pillow's convert("RGB")
//   animation  the first frame
// A TIFF's own orientation tag always counts, as in Pillow. Throws notFound, io, or wrongFile
// (another format, damaged, cut short, beyond maxPixels) with the file's name.
Picture readImage(const std::filesystem::path& path, ExifOrientation orientation = ExifOrientation::ignored);

}  // namespace cut::trainer
