// SPDX-License-Identifier: MIT
// Writing one image file.
#pragma once

#include <filesystem>

#include "trainer/data/picture.hpp"

namespace cut::trainer {

// By suffix, in any case: png, jpg, jpeg, ppm, bmp, tif, tiff or webp.
bool isWritableImageName(const std::filesystem::path& path);

// In the format of the suffix: png, ppm, bmp, tiff and webp lossless, jpg with quality 95. The file is
// replaced atomically. Throws invalidArgument for another suffix, io if it cannot be written.
void writeImage(const std::filesystem::path& path, const Picture& picture);

// Creates a folder and its parents. Throws io with its name and the reason.
void createFolder(const std::filesystem::path& folder);

}  // namespace cut::trainer
