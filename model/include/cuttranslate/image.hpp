// Borrowed pictures: 8-bit packed pixels, as GStreamer and cameras hand them over.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cut {

// Where a pixel's components lie, in bytes from its first. A grey layout has channels == 1 and only
// offset[0].
struct PixelLayout {
  int channels = 3;           // 1 (grey) or 3 (red, green, blue)
  int pixelStride = 3;        // bytes from one pixel to the next
  int offset[3] = {0, 1, 2};  // of red, green, blue
  int alpha = -1;             // offset of a fourth byte that is carried over unchanged; -1: there is none

  bool operator==(const PixelLayout&) const = default;
};

// Rows lie `stride` bytes apart, which may be more than width * pixelStride, and negative for bottom-up
// pictures.
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
