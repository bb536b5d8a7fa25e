// From the samples of a TIFF, in whatever depth and meaning, to 8-bit RGB.
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
  bool floats = false;  // of 16, 32 or 64 bits, from 0 to 1; otherwise unsigned integers of 1 to 32 bits
  bool whiteIsZero = false;
  int samples = 1;      // of a pixel
  bool planar = false;  // each sample in a plane of its own
  int alpha = -1;       // the sample that the others are multiplied with; -1: none
  std::array<std::span<const std::uint16_t>, 3> map = {};  // the palette's colours, of 16 bits each

  int colours() const noexcept { return colour == Colour::cmyk ? 4 : colour == Colour::rgb ? 3 : 1; }
};

class TiffRow {
 public:
  explicit TiffRow(TiffLayout layout) : layout_(layout) {}

  // `planes` are a row's bytes: of each sample, or of all of them together. Throws wrongFile for an index
  // beyond the palette, and for floats that are not from 0 to 1.
  void convert(std::span<const std::uint8_t* const> planes, int width, std::uint8_t* rgb);

 private:
  // Whether the samples are 8-bit RGB or grey already, and that copied.
  bool copiesBytes() const noexcept;
  void copyPixels(std::span<const std::uint8_t* const> planes, int width, std::uint8_t* rgb) const;
  double white() const noexcept;
  void unpack(const std::uint8_t* plane, std::size_t count, double* values) const;
  double sample(std::size_t pixel, int which) const noexcept;
  double value(std::size_t pixel, int which) const;
  void paint(std::size_t pixel, std::uint8_t* rgb) const;

  TiffLayout layout_;
  std::size_t width_ = 0;
  std::vector<double> values_;  // (width, samples), or (samples, width) of planes
};

}  // namespace cut::trainer
