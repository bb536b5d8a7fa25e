// SPDX-License-Identifier: MIT
// The result of every image decoder: 8-bit RGB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cut::pictures {

struct RgbImage {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels = {};  // rows from the top without padding
  int orientation = 1;                    // 1 to 8, as in EXIF; not yet applied to the pixels

  // A black image. Throws wrongFile for an empty one and more than `maxPixels` pixels, before it allocates
  // memory.
  static RgbImage black(std::int64_t width, std::int64_t height, std::int64_t maxPixels);

  std::uint8_t* row(std::int64_t y) noexcept {
    return pixels.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width) * 3;
  }
};

// Throws wrongFile with the reason; callers add the file's name.
[[noreturn]] void refuse(const std::string& reason);

// Scales from [0, white] to [0, 255], rounded to the nearest integer.
constexpr std::uint8_t toByte(std::uint64_t value, std::uint64_t white) noexcept {
  return static_cast<std::uint8_t>((value * 255 + white / 2) / white);
}

// CMYK, 255 for full ink, to RGB in the arithmetic of Pillow's convert("RGB"); ink profiles are ignored.
void cmykToRgb(const std::uint8_t* cmyk, std::uint8_t* rgb) noexcept;

}  // namespace cut::pictures
