// Pictures from files, for what needs real frames.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "cuttranslate/image.hpp"

namespace cut::tool {

// 8-bit packed pixels without gaps.
struct Picture {
  Size size;
  PixelLayout layout;
  std::vector<std::uint8_t> pixels;

  ImageView view() const noexcept;
};

// A PNG or JPEG, known by its content, as RGB (channels 3) or grey (1, by ITU-R 601-2); alpha is dropped.
// Throws notFound, io, or wrongFile: no such picture, damaged, or of more than 2^26 pixels.
Picture readPicture(const std::filesystem::path& path, int channels);

// The .png, .jpg and .jpeg files in a folder, by name; subfolders and hidden files are left out. Throws
// notFound, io.
std::vector<std::filesystem::path> picturesIn(const std::filesystem::path& folder);

}  // namespace cut::tool
