// SPDX-License-Identifier: MIT
// Conversion of TIFF samples of any depth and colour space to 8-bit RGB.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace cut::trainer {

struct TiffLayout {
  enum class Colour { grey, rgb, palette, cmyk };

  Colour colour = Colour::grey;
  int bits = 8;
  bool isFloat = false;  // of 16, 32 or 64 bits in [0, 1]; otherwise unsigned integers of 1 to 32 bits
  bool whiteIsZero = false;
  int samples = 1;      // per pixel
  bool planar = false;  // PlanarConfiguration 2: one plane per sample
  int alpha = -1;       // sample of the associated (premultiplied) alpha; -1: none
  std::array<std::span<const std::uint16_t>, 3> colourMap = {};  // the palette: 16 bits per channel

  int colourSamples() const noexcept { return colour == Colour::cmyk ? 4 : colour == Colour::rgb ? 3 : 1; }
};

class TiffRow {
 public:
  explicit TiffRow(TiffLayout layout) : layout_(layout) {}

  // Converts one row. `planes` has the bytes of each sample's plane, or of all samples interleaved. Throws
  // wrongFile for an index beyond the palette, and for floats outside [0, 1].
  void convert(std::span<const std::uint8_t* const> planes, int width, std::uint8_t* rgb);

 private:
  // Whether the samples are 8-bit RGB or grey already and need no arithmetic.
  bool isByteCopy() const noexcept;
  void copyPixels(std::span<const std::uint8_t* const> planes, int width, std::uint8_t* rgb) const;
  double maxValue() const noexcept;
  void unpack(const std::uint8_t* plane, std::size_t count, double* values) const;
  double sample(std::size_t pixel, int which) const noexcept;
  double value(std::size_t pixel, int which) const;
  void convertPixel(std::size_t pixel, std::uint8_t* rgb) const;

  TiffLayout layout_;
  std::size_t width_ = 0;
  std::vector<double> values_;  // (width, samples), or (samples, width) of planes
};

}  // namespace cut::trainer
