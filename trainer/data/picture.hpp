// SPDX-License-Identifier: MIT
// 8-bit images, and the float planes that enter a network.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cut::trainer {

// Larger images are an error before their allocation: 300 MB of RGB.
inline constexpr std::int64_t maxPixels = 100'000'000;

// (height, width, channels), top row first, without padding; RGB (3) or luma (1).
struct Picture {
  int width = 0;
  int height = 0;
  int channels = 3;
  std::vector<std::uint8_t> pixels;

  Picture() = default;
  // Throws wrongFile beyond maxPixels.
  Picture(std::int64_t ofWidth, std::int64_t ofHeight, int ofChannels);

  std::size_t rowBytes() const noexcept { return static_cast<std::size_t>(width) * channels; }
  const std::uint8_t* row(int y) const noexcept { return pixels.data() + y * rowBytes(); }
  std::uint8_t* row(int y) noexcept { return pixels.data() + y * rowBytes(); }
  bool operator==(const Picture&) const = default;
};

// (batch, channels, height, width), row-major, [-1, 1], RGB.
struct Planes {
  std::int64_t batch = 0;
  int channels = 0;
  int height = 0;
  int width = 0;
  std::vector<float> values;

  bool operator==(const Planes&) const = default;
};

// One channel by ITU-R 601-2, in the fixed point of Pillow's convert("L"). A picture of one channel is
// returned unchanged.
Picture toLuma(Picture picture);

Picture cropped(const Picture& picture, int left, int top, int width, int height);
Picture mirrored(const Picture& picture);  // horizontal flip

// Upright: `orientation` is 1 to 8 as in EXIF and TIFF; 6 is rotated by 90 degrees clockwise.
Picture oriented(Picture picture, int orientation);

// x / 127.5 - 1; batch is 1.
Planes toPlanes(const Picture& picture);

}  // namespace cut::trainer
