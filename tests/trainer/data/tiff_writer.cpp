// SPDX-License-Identifier: MIT
#include "tiff_writer.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "crafted.hpp"
#include "scratch.hpp"

namespace cut::trainer::test {
namespace {

template <typename Value>
std::string bytesAs(double value) {
  const auto number = static_cast<Value>(value);
  std::string bytes(sizeof number, '\0');
  std::memcpy(bytes.data(), &number, sizeof number);
  return bytes;
}

// IEEE 754 binary16 of a number in [0, 1] that it represents exactly.
std::string halfBytes(double value) {
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);
  const int bits = value == 0 ? 0 : (exponent + 14) << 10 | (static_cast<int>(fraction * 2048) - 1024);
  return pictures::test::little(bits, 2);
}

std::string packedRow(const TiffKind& kind, const std::vector<double>& values) {
  const bool floats = kind.format == SAMPLEFORMAT_IEEEFP;
  if (!floats && kind.bits != 16 && kind.bits != 24 && kind.bits != 32) {
    std::vector<std::uint32_t> numbers;
    for (const double value : values)
      numbers.push_back(static_cast<std::uint32_t>(static_cast<std::int64_t>(value)));
    return pictures::test::packed(numbers, kind.bits);
  }
  std::string row;
  for (const double value : values) {
    if (floats)
      row += kind.bits == 16   ? halfBytes(value)
             : kind.bits == 32 ? bytesAs<float>(value)
                               : bytesAs<double>(value);
    else
      row += pictures::test::little(static_cast<std::uint64_t>(value), kind.bits / 8);
  }
  return row;
}

class Page {
 public:
  Page(TIFF* tiff, const TiffKind& kind, int width, int height, const TiffValue& value)
      : tiff_(tiff), kind_(kind), width_(width), height_(height), value_(value) {}

  void setTags() const {
    TIFFSetField(tiff_, TIFFTAG_IMAGEWIDTH, width_);
    TIFFSetField(tiff_, TIFFTAG_IMAGELENGTH, height_);
    TIFFSetField(tiff_, TIFFTAG_BITSPERSAMPLE, kind_.bits);
    TIFFSetField(tiff_, TIFFTAG_SAMPLESPERPIXEL, kind_.samples);
    TIFFSetField(tiff_, TIFFTAG_SAMPLEFORMAT, kind_.format);
    TIFFSetField(tiff_, TIFFTAG_PHOTOMETRIC, kind_.photometric);
    TIFFSetField(tiff_, TIFFTAG_PLANARCONFIG, kind_.planar ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
    TIFFSetField(tiff_, TIFFTAG_COMPRESSION, kind_.compression);
    if (kind_.predictor > 1) TIFFSetField(tiff_, TIFFTAG_PREDICTOR, kind_.predictor);
    if (kind_.orientation > 0) TIFFSetField(tiff_, TIFFTAG_ORIENTATION, kind_.orientation);
    if (kind_.extra >= 0) {
      const auto extra = static_cast<std::uint16_t>(kind_.extra);
      TIFFSetField(tiff_, TIFFTAG_EXTRASAMPLES, 1, &extra);
    }
    if (kind_.tile > 0) {
      TIFFSetField(tiff_, TIFFTAG_TILEWIDTH, kind_.tile);
      TIFFSetField(tiff_, TIFFTAG_TILELENGTH, kind_.tile);
    } else {
      TIFFSetField(tiff_, TIFFTAG_ROWSPERSTRIP, kind_.rowsPerStrip);
    }
  }

  void writePixels() const {
    for (int plane = 0; plane < (kind_.planar ? kind_.samples : 1); ++plane)
      if (kind_.tile > 0)
        writeTiles(plane);
      else
        for (int y = 0; y < height_; ++y) {
          std::string row = part(0, width_, y, plane);
          TIFFWriteScanline(tiff_, row.data(), static_cast<std::uint32_t>(y),
                            static_cast<std::uint16_t>(plane));
        }
  }

 private:
  // The last column and row are repeated beyond the image.
  std::string part(int left, int columns, int y, int plane) const {
    std::vector<double> values;
    for (int i = 0; i < columns; ++i) {
      const int x = std::min(left + i, width_ - 1), row = std::min(y, height_ - 1);
      if (kind_.planar)
        values.push_back(value_(x, row, plane));
      else
        for (int c = 0; c < kind_.samples; ++c) values.push_back(value_(x, row, c));
    }
    return packedRow(kind_, values);
  }

  void writeTiles(int plane) const {
    for (int top = 0; top < height_; top += kind_.tile)
      for (int left = 0; left < width_; left += kind_.tile) {
        std::string tile;
        for (int i = 0; i < kind_.tile; ++i) tile += part(left, kind_.tile, top + i, plane);
        TIFFWriteTile(tiff_, tile.data(), static_cast<std::uint32_t>(left), static_cast<std::uint32_t>(top),
                      0, static_cast<std::uint16_t>(plane));
      }
  }

  TIFF* tiff_;
  const TiffKind& kind_;
  int width_, height_;
  const TiffValue& value_;
};

}  // namespace

std::string writeTiff(const TiffKind& kind, int width, int height, const TiffValue& value,
                      const TiffTags& tags, int pages) {
  const Scratch scratch;
  const std::string path = scratch.path("written.tif").string();
  TIFF* tiff = TIFFOpen(path.c_str(), kind.mode);
  const TiffValue black = [](int, int, int) { return 0; };
  for (int i = 0; i < pages; ++i) {
    const Page page(tiff, kind, width, height, i == 0 ? value : black);
    page.setTags();
    if (tags) tags(tiff);
    page.writePixels();
    TIFFWriteDirectory(tiff);
  }
  TIFFClose(tiff);
  return bytesOf(path);
}

}  // namespace cut::trainer::test
