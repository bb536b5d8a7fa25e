// SPDX-License-Identifier: MIT
#include "trainer/data/tiff_samples.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "pictures/rgb_image.hpp"

namespace cut::trainer {
namespace {

template <typename Value>
void copyAs(const std::uint8_t* from, std::size_t count, double* to) {
  for (std::size_t i = 0; i < count; ++i, from += sizeof(Value)) {
    Value value{};
    std::memcpy(&value, from, sizeof value);
    to[i] = static_cast<double>(value);
  }
}

// IEEE 754 binary16.
double fromFloat16(std::uint16_t half) {
  const int exponent = half >> 10 & 31;
  const int fraction = half & 1023;
  const double magnitude = exponent == 31  ? (fraction != 0 ? NAN : INFINITY)
                           : exponent == 0 ? std::ldexp(fraction, -24)
                                           : std::ldexp(fraction + 1024, exponent - 25);
  return half >> 15 != 0 ? -magnitude : magnitude;
}

void copyFloat16(const std::uint8_t* from, std::size_t count, double* to) {
  for (std::size_t i = 0; i < count; ++i) {
    std::uint16_t half = 0;
    std::memcpy(&half, from + 2 * i, sizeof half);
    to[i] = fromFloat16(half);
  }
}

// libtiff returns samples of whole bytes in the machine's byte order, which is little-endian here.
void copy24Bit(const std::uint8_t* from, std::size_t count, double* to) {
  for (std::size_t i = 0; i < count; ++i, from += 3) to[i] = from[0] | from[1] << 8 | from[2] << 16;
}

// Samples of up to 32 bits, most significant bit first; rows start at a byte boundary.
void unpackBits(const std::uint8_t* from, int bits, std::size_t count, double* to) {
  std::uint64_t window = 0;
  int held = 0;
  for (std::size_t i = 0; i < count; ++i) {
    for (; held < bits; held += 8) window = window << 8 | *from++;
    held -= bits;
    to[i] = static_cast<double>(window >> held & ((std::uint64_t{1} << bits) - 1));
  }
}

}  // namespace

double TiffRow::maxValue() const noexcept {
  return layout_.isFloat ? 1.0 : static_cast<double>((std::uint64_t{1} << layout_.bits) - 1);
}

void TiffRow::unpack(const std::uint8_t* plane, std::size_t count, double* values) const {
  if (layout_.isFloat) {
    if (layout_.bits == 16) return copyFloat16(plane, count, values);
    return layout_.bits == 32 ? copyAs<float>(plane, count, values) : copyAs<double>(plane, count, values);
  }
  if (layout_.bits == 8) return copyAs<std::uint8_t>(plane, count, values);
  if (layout_.bits == 16) return copyAs<std::uint16_t>(plane, count, values);
  if (layout_.bits == 24) return copy24Bit(plane, count, values);
  if (layout_.bits == 32) return copyAs<std::uint32_t>(plane, count, values);
  unpackBits(plane, layout_.bits, count, values);
}

double TiffRow::sample(std::size_t pixel, int which) const noexcept {
  const auto samples = static_cast<std::size_t>(layout_.samples), at = static_cast<std::size_t>(which);
  return values_[layout_.planar ? at * width_ + pixel : pixel * samples + at];
}

// In [0, maxValue()].
double TiffRow::value(std::size_t pixel, int which) const {
  double value = sample(pixel, which);
  if (layout_.isFloat && !(value >= 0 && value <= 1))
    pictures::refuse("expected a TIFF of floats from 0 (black) to 1 (white), found " + std::to_string(value) +
                     "; scale its values, or convert it to 16 bits");
  if (layout_.alpha >= 0) {
    const double alpha = sample(pixel, layout_.alpha);
    // A fully transparent pixel has no colour to recover and stays black, as it is stored.
    if (alpha > 0) value = std::min(value * maxValue() / alpha, maxValue());
  }
  return layout_.whiteIsZero ? maxValue() - value : value;
}

void TiffRow::convertPixel(std::size_t pixel, std::uint8_t* rgb) const {
  const auto byte = [&](int which) {
    return static_cast<std::uint8_t>(std::lround(value(pixel, which) * 255 / maxValue()));
  };
  switch (layout_.colour) {
    case TiffLayout::Colour::grey:
      std::fill_n(rgb, 3, byte(0));
      return;
    case TiffLayout::Colour::rgb:
      for (int c = 0; c < 3; ++c) rgb[c] = byte(c);
      return;
    case TiffLayout::Colour::palette: {
      const auto index = static_cast<std::size_t>(sample(pixel, 0));
      for (std::size_t c = 0; c < 3; ++c) {
        if (index >= layout_.colourMap[c].size())
          pictures::refuse("the TIFF is damaged: a pixel's colour is not in its palette");
        // Writers scale 8 bits by 256 or by 257; the shift, which Pillow uses too, is exact for both.
        rgb[c] = static_cast<std::uint8_t>(layout_.colourMap[c][index] >> 8);
      }
      return;
    }
    case TiffLayout::Colour::cmyk: {
      const std::array<std::uint8_t, 4> inks{byte(0), byte(1), byte(2), byte(3)};
      pictures::cmykToRgb(inks.data(), rgb);
      return;
    }
  }
}

bool TiffRow::isByteCopy() const noexcept {
  const bool colours =
      layout_.colour == TiffLayout::Colour::rgb || layout_.colour == TiffLayout::Colour::grey;
  return colours && layout_.bits == 8 && !layout_.whiteIsZero && layout_.alpha < 0;
}

void TiffRow::copyPixels(std::span<const std::uint8_t* const> planes, int width, std::uint8_t* rgb) const {
  const bool colour = layout_.colour == TiffLayout::Colour::rgb;
  const int step = layout_.planar ? 1 : layout_.samples;
  for (int c = 0; c < 3; ++c) {
    const std::size_t which = colour ? static_cast<std::size_t>(c) : 0;
    const std::uint8_t* from = layout_.planar ? planes[which] : planes[0] + which;
    for (int x = 0; x < width; ++x, from += step) rgb[3 * x + c] = *from;
  }
}

void TiffRow::convert(std::span<const std::uint8_t* const> planes, int width, std::uint8_t* rgb) {
  if (isByteCopy()) return copyPixels(planes, width, rgb);
  width_ = static_cast<std::size_t>(width);
  values_.resize(width_ * static_cast<std::size_t>(layout_.samples));
  const std::size_t perPlane = values_.size() / planes.size();
  for (std::size_t i = 0; i < planes.size(); ++i) unpack(planes[i], perPlane, values_.data() + i * perPlane);
  for (std::size_t x = 0; x < width_; ++x, rgb += 3) convertPixel(x, rgb);
}

}  // namespace cut::trainer
