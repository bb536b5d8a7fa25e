// SPDX-License-Identifier: MIT
#include "pictures/rgb_image.hpp"

#include "cuttranslate/error.hpp"

namespace cut::pictures {

RgbImage RgbImage::black(std::int64_t width, std::int64_t height, std::int64_t maxPixels) {
  if (width < 1 || height < 1 || width > maxPixels || height > maxPixels / width)
    refuse("expected 1 to " + std::to_string(maxPixels) + " pixels, its header says " +
           std::to_string(width) + " x " + std::to_string(height));
  RgbImage image{.width = static_cast<int>(width), .height = static_cast<int>(height)};
  image.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  return image;
}

void refuse(const std::string& reason) {
  throw Error(ErrorKind::wrongFile, reason);
}

void cmykToRgb(const std::uint8_t* cmyk, std::uint8_t* rgb) noexcept {
  const int light = 255 - cmyk[3];
  for (int c = 0; c < 3; ++c) {
    const int product = cmyk[c] * light + 128;
    rgb[c] = static_cast<std::uint8_t>(light - (((product >> 8) + product) >> 8));
  }
}

}  // namespace cut::pictures
