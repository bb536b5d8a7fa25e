// SPDX-License-Identifier: MIT
// Reads the frames that cut-model quantize calibrates with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "cuttranslate/image.hpp"

namespace cut::tool {

// 8-bit packed pixels without padding between rows.
struct Frame {
  Size size;
  PixelLayout layout;
  std::vector<std::uint8_t> pixels;

  ImageView view() const noexcept;
};

// A PNG or JPEG, recognised by its content, as RGB (channels 3) or grey (1, ITU-R 601-2); alpha is dropped.
// Throws notFound, io, or wrongFile for another format, a damaged file or more than 2^26 pixels.
Frame readFrame(const std::filesystem::path& path, int channels);

// The .png, .jpg and .jpeg files in a folder, sorted by name, without subfolders and hidden files. Throws
// notFound or io.
std::vector<std::filesystem::path> frameFilesIn(const std::filesystem::path& folder);

}  // namespace cut::tool
