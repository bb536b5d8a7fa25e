// What every decoder of pictures gives: 8-bit RGB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cut::pictures {

struct RgbImage {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels = {};  // rows from the top without gaps
  int orientation = 1;                    // 1 to 8, as EXIF counts them; the pixels are as they are stored

  // Black. Throws wrongFile for a size of nothing, or beyond `maxPixels`, before memory is taken.
  static RgbImage black(std::int64_t width, std::int64_t height, std::int64_t maxPixels);

  std::uint8_t* row(std::int64_t y) noexcept {
    return pixels.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width) * 3;
  }
};

// Throws wrongFile with the reason; whoever knows the file's name puts it before.
[[noreturn]] void refuse(const std::string& reason);

// From the range of 0 to `white` to that of 0 to 255, rounded to the nearest.
constexpr std::uint8_t toByte(std::uint64_t value, std::uint64_t white) noexcept {
  return static_cast<std::uint8_t>((value * 255 + white / 2) / white);
}

// CMYK of 255 for full ink to RGB, in the arithmetic of Pillow's convert("RGB"); no ink profile counts.
void cmykToRgb(const std::uint8_t* cmyk, std::uint8_t* rgb) noexcept;

}  // namespace cut::pictures
