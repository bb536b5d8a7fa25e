// SPDX-License-Identifier: MIT
#include "kernels/image/pixels.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace cut::cpu {
namespace {

std::array<float, 256> makeTable() {
  std::array<float, 256> table{};
  for (int i = 0; i < 256; ++i) table[static_cast<std::size_t>(i)] = static_cast<float>(i) / 127.5F - 1.0F;
  return table;
}

// Position i of an endlessly reflected line of n pixels, the border pixel not repeated.
int reflected(int i, int n) {
  if (n == 1) return 0;
  const int period = 2 * (n - 1);
  const int m = i % period;
  return m < n ? m : period - m;
}

std::uint8_t toByte(float y) {
  const float clamped = std::fmin(std::fmax(y, -1.0F), 1.0F);  // fmax gives -1 for NaN
  // NOLINTNEXTLINE(bugprone-incorrect-roundings): never negative, and lround is a call
  return static_cast<std::uint8_t>((clamped + 1.0F) * 127.5F + 0.5F);
}

}  // namespace

Size paddedSize(Size size, int multiple) {
  const auto up = [multiple](int side) { return (std::max(side, 8) + multiple - 1) / multiple * multiple; };
  return {up(size.width), up(size.height)};
}

void reflectBorders(const MutableFloatImage& image, int channels, Size size, Size padded) {
  for (int c = 0; c < channels; ++c) {
    float* plane = image.data + c * image.channelStride;
    for (int y = 0; y < size.height; ++y) {
      float* row = plane + y * image.rowStride;
      for (int x = size.width; x < padded.width; ++x)
        row[x * image.pixelStride] = row[reflected(x, size.width) * image.pixelStride];
    }
    for (int y = size.height; y < padded.height; ++y) {
      const float* source = plane + reflected(y, size.height) * image.rowStride;
      float* row = plane + y * image.rowStride;
      for (int x = 0; x < padded.width; ++x) row[x * image.pixelStride] = source[x * image.pixelStride];
    }
  }
}

void unpack(const ImageView& from, const MutableFloatImage& to, Size padded) {
  static const std::array<float, 256> table = makeTable();
  for (int y = 0; y < from.height; ++y) {
    for (int c = 0; c < from.layout.channels; ++c) {
      const std::uint8_t* in = from.data + y * from.stride + from.layout.offset[c];
      float* out = to.data + c * to.channelStride + y * to.rowStride;
      for (int x = 0; x < from.width; ++x) out[x * to.pixelStride] = table[in[x * from.layout.pixelStride]];
    }
  }
  reflectBorders(to, from.layout.channels, {from.width, from.height}, padded);
}

void padPlanes(std::span<const float> from, int channels, Size size, const MutableFloatImage& to,
               Size padded) {
  const float* in = from.data();
  for (int c = 0; c < channels; ++c)
    for (int y = 0; y < size.height; ++y, in += size.width) {
      float* out = to.data + c * to.channelStride + y * to.rowStride;
      for (int x = 0; x < size.width; ++x) out[x * to.pixelStride] = in[x];
    }
  reflectBorders(to, channels, size, padded);
}

void pack(const FloatImage& from, const ImageView& alphaFrom, const MutableImageView& to) {
  const PixelLayout& layout = to.layout;
  for (int y = 0; y < to.height; ++y) {
    std::uint8_t* row = to.data + y * to.stride;
    for (int c = 0; c < layout.channels; ++c) {
      const float* in = from.data + c * from.channelStride + y * from.rowStride;
      std::uint8_t* out = row + layout.offset[c];
      for (int x = 0; x < to.width; ++x) out[x * layout.pixelStride] = toByte(in[x * from.pixelStride]);
    }
    if (layout.alpha < 0 || alphaFrom.layout.alpha < 0) continue;
    const std::uint8_t* in = alphaFrom.data + y * alphaFrom.stride + alphaFrom.layout.alpha;
    for (int x = 0; x < to.width; ++x)
      row[x * layout.pixelStride + layout.alpha] = in[x * alphaFrom.layout.pixelStride];
  }
}

bool holdsNumbers(const FloatImage& from, int channels, Size size) {
  for (int c = 0; c < channels; ++c)
    for (int y = 0; y < size.height; ++y) {
      const float* row = from.data + c * from.channelStride + y * from.rowStride;
      bool numbers = true;
      for (int x = 0; x < size.width; ++x) numbers = numbers & !std::isnan(row[x * from.pixelStride]);
      if (!numbers) return false;
    }
  return true;
}

void cropPlanes(const FloatImage& from, int channels, Size size, std::span<float> to) {
  float* out = to.data();
  for (int c = 0; c < channels; ++c)
    for (int y = 0; y < size.height; ++y, out += size.width) {
      const float* in = from.data + c * from.channelStride + y * from.rowStride;
      for (int x = 0; x < size.width; ++x) out[x] = in[x * from.pixelStride];
    }
}

}  // namespace cut::cpu
