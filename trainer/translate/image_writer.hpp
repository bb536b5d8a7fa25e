// Writing one image file.
#pragma once

#include <filesystem>

#include "trainer/data/picture.hpp"

namespace cut::trainer {

// By suffix, in any case: png, jpg, jpeg, ppm, bmp, tif, tiff or webp.
bool isWritableImageName(const std::filesystem::path& path);

// In the format of the suffix: png, ppm, bmp, tiff and webp without loss, jpg with quality 95. Under the name
// there is always a whole file. Throws invalidArgument for another suffix, io where it cannot be
// written.
void writeImage(const std::filesystem::path& path, const Picture& picture);

// Makes a folder and those above it. Throws io, naming it and the reason.
void makeFolder(const std::filesystem::path& folder);

}  // namespace cut::trainer
