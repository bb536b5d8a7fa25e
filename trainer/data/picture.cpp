// SPDX-License-Identifier: MIT
#include "trainer/data/picture.hpp"

#include <algorithm>
#include <string>

#include "cuttranslate/error.hpp"

namespace cut::trainer {

Picture::Picture(std::int64_t ofWidth, std::int64_t ofHeight, int ofChannels) : channels(ofChannels) {
  if (ofWidth < 1 || ofHeight < 1 || ofWidth > maxPixels || ofHeight > maxPixels / ofWidth)
    throw Error(ErrorKind::wrongFile, "expected an image of 1 to " + std::to_string(maxPixels) +
                                          " pixels, got " + std::to_string(ofWidth) + " x " +
                                          std::to_string(ofHeight));
  width = static_cast<int>(ofWidth);
  height = static_cast<int>(ofHeight);
  pixels.resize(static_cast<std::size_t>(ofWidth) * ofHeight * ofChannels);
}

Picture toLuma(Picture picture) {
  if (picture.channels == 1) return picture;
  Picture luma(picture.width, picture.height, 1);
  const std::uint8_t* rgb = picture.pixels.data();
  for (std::uint8_t& value : luma.pixels) {
    value = static_cast<std::uint8_t>((rgb[0] * 19595 + rgb[1] * 38470 + rgb[2] * 7471 + 0x8000) >> 16);
    rgb += 3;
  }
  return luma;
}

Picture cropped(const Picture& picture, int left, int top, int width, int height) {
  Picture part(width, height, picture.channels);
  for (int y = 0; y < height; ++y)
    std::copy_n(picture.row(top + y) + static_cast<std::size_t>(left) * picture.channels, part.rowBytes(),
                part.row(y));
  return part;
}

Picture mirrored(const Picture& picture) {
  Picture result(picture.width, picture.height, picture.channels);
  for (int y = 0; y < picture.height; ++y) {
    const std::uint8_t* from = picture.row(y);
    std::uint8_t* to = result.row(y) + result.rowBytes();
    for (int x = 0; x < picture.width; ++x, from += picture.channels) {
      to -= picture.channels;
      std::copy_n(from, picture.channels, to);
    }
  }
  return result;
}

Picture oriented(Picture picture, int orientation) {
  if (orientation <= 1 || orientation > 8) return picture;
  const bool transposed = orientation >= 5;
  const bool fromRight = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool fromBottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Picture result(transposed ? picture.height : picture.width, transposed ? picture.width : picture.height,
                 picture.channels);
  for (int y = 0; y < result.height; ++y)
    for (int x = 0; x < result.width; ++x) {
      const int column = transposed ? y : x;
      const int row = transposed ? x : y;
      const std::uint8_t* from =
          picture.row(fromBottom ? picture.height - 1 - row : row) +
          static_cast<std::size_t>(fromRight ? picture.width - 1 - column : column) * picture.channels;
      std::copy_n(from, picture.channels, result.row(y) + static_cast<std::size_t>(x) * picture.channels);
    }
  return result;
}

Planes toPlanes(const Picture& picture) {
  Planes planes{.batch = 1,
                .channels = picture.channels,
                .height = picture.height,
                .width = picture.width,
                .values = std::vector<float>(picture.pixels.size())};
  float* to = planes.values.data();
  for (int c = 0; c < picture.channels; ++c) {
    for (std::size_t i = c; i < picture.pixels.size(); i += picture.channels)
      *to++ = static_cast<float>(picture.pixels[i]) / 127.5F - 1.0F;
  }
  return planes;
}

}  // namespace cut::trainer
