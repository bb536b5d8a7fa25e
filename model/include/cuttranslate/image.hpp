// SPDX-License-Identifier: MIT
// Views of images with packed 8-bit pixels, as GStreamer and cameras have them. The memory is the caller's.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cut {

// The components of a pixel, as byte offsets from its first byte. A grey layout has channels == 1 and uses
// offset[0].
struct PixelLayout {
  int channels = 3;           // 1 (grey) or 3 (red, green, blue)
  int pixelStride = 3;        // bytes from one pixel to the next
  int offset[3] = {0, 1, 2};  // of red, green, blue
  int alpha = -1;             // offset of the alpha byte, which is copied unchanged; -1: none

  bool operator==(const PixelLayout&) const = default;
};

// `stride` is the bytes from one row to the next: at least width * pixelStride, or negative for bottom-up
// images.
template <typename Byte>
struct BasicImageView {
  Byte* data = nullptr;
  std::ptrdiff_t stride = 0;
  int width = 0;
  int height = 0;
  PixelLayout layout;
};

using ImageView = BasicImageView<const std::uint8_t>;
using MutableImageView = BasicImageView<std::uint8_t>;

struct Size {
  int width = 0;
  int height = 0;

  bool operator==(const Size&) const = default;
};

}  // namespace cut
