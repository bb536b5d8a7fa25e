// SPDX-License-Identifier: MIT
#include "trainer/data/image_decoders.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <utility>
#include <vector>

#include "pictures/bytes.hpp"
#include "pictures/rgb_image.hpp"

namespace cut::trainer {
namespace {

using pictures::Bytes;
using pictures::refuse;
using pictures::RgbImage;

constexpr std::uint32_t biRgb = 0, biRle8 = 1, biRle4 = 2, biBitfields = 3, biAlphaBitfields = 6;
constexpr std::size_t headerAt = 14, coreSize = 12, infoSize = 40;

// The bits of one channel in a pixel.
struct BitMask {
  int shift = 0;
  std::uint32_t maxValue = 0;

  explicit BitMask(std::uint32_t mask)
      : shift(mask != 0 ? std::countr_zero(mask) : 0), maxValue(mask >> shift) {
    if (mask == 0 || (maxValue & (maxValue + 1)) != 0)
      refuse("the BMP is damaged: a channel's bit mask has gaps");
  }

  bool isByte() const { return maxValue == 255 && shift % 8 == 0; }
  std::uint8_t valueOf(std::uint32_t pixel) const {
    return pictures::toByte(pixel >> shift & maxValue, maxValue);
  }
};

enum class Rle { rle8, rle4 };

// Run-length coding of bitmaps with a palette.
class RleDecoder {
 public:
  RleDecoder(Bytes data, int width, int height, Rle kind)
      : data_(data),
        width_(width),
        height_(height),
        isRle4_(kind == Rle::rle4),
        indices_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height)) {}

  std::vector<std::uint8_t> run() {
    bool more = true;
    while (more) {
      // The end-of-bitmap marker is missing in some files whose pixels are complete.
      if (at_ == data_.size() && y_ >= height_) break;
      const int count = next();
      const int value = next();
      if (count > 0)
        repeat(count, value);
      else
        more = escape(value);
    }
    return std::move(indices_);
  }

 private:
  int next() {
    if (at_ == data_.size()) refuse("the file is cut short");
    return data_[at_++];
  }

  void put(int index) {
    if (x_ >= width_ || y_ >= height_) refuse("the BMP is damaged: a run leaves the picture");
    indices_[static_cast<std::size_t>(y_) * static_cast<std::size_t>(width_) +
             static_cast<std::size_t>(x_++)] = static_cast<std::uint8_t>(index);
  }

  // The i-th index of a run: RLE4 has two indices in a byte, the high nibble first.
  int indexIn(int value, int i) const { return !isRle4_ ? value : i % 2 == 0 ? value >> 4 : value & 15; }

  void repeat(int count, int value) {
    for (int i = 0; i < count; ++i) put(indexIn(value, i));
  }

  void copy(int count) {
    const int bytes = isRle4_ ? (count + 1) / 2 : count;
    int value = 0;
    for (int i = 0; i < count; ++i) {
      if (!isRle4_ || i % 2 == 0) value = next();
      put(indexIn(value, i));
    }
    if (bytes % 2 != 0) next();
  }

  // False at the end of the bitmap.
  bool escape(int code) {
    if (code == 0) {
      x_ = 0;
      ++y_;
    } else if (code == 2) {
      x_ += next();
      y_ += next();
    } else if (code > 2) {
      copy(code);
    }
    return code != 1;
  }

  Bytes data_;
  int width_, height_;
  bool isRle4_;
  std::vector<std::uint8_t> indices_;
  std::size_t at_ = 0;
  std::int64_t x_ = 0, y_ = 0;
};

// (height, width) palette indices in the order of the file; pixels that are skipped are 0. Throws wrongFile
// where a run leaves the image, or the data end early.
std::vector<std::uint8_t> decodeRle(Bytes data, int width, int height, Rle kind) {
  return RleDecoder(data, width, height, kind).run();
}

class BmpReader {
 public:
  explicit BmpReader(Bytes file) : file_(file) {
    headerSize_ = read(headerAt, 4);
    if (file.size() < headerAt + std::max<std::size_t>(headerSize_, coreSize))
      refuse("the file is cut short");
    if (headerSize_ != coreSize && (headerSize_ < 16 || headerSize_ > 1024))
      refuse("the BMP is damaged: expected a header of 12 to 124 bytes, got " + std::to_string(headerSize_));
    const bool isCore = headerSize_ == coreSize;
    width_ = isCore ? read(18, 2) : read(18, 4);
    const auto height =
        isCore ? std::int64_t{read(20, 2)} : std::int64_t{static_cast<std::int32_t>(read(22, 4))};
    topDown_ = height < 0;
    height_ = topDown_ ? -height : height;
    bits_ = isCore ? read(24, 2) : read(28, 2);
    // Fields that a shorter header lacks are 0.
    compression_ = headerSize_ >= 20 ? read(30, 4) : biRgb;
    paletteEntries_ = headerSize_ >= 36 ? read(46, 4) : 0;
    dataAt_ = std::max<std::size_t>(read(10, 4), headerAt + headerSize_);
    checkKind();
  }

  RgbImage decode(std::int64_t maxPixels) {
    const std::int64_t row = (std::int64_t{width_} * bits_ + 7) / 8;
    stride_ = static_cast<std::size_t>((row + 3) / 4 * 4);
    const bool validSize = width_ > 0 && height_ > 0 && width_ <= maxPixels && height_ <= maxPixels / width_;
    const auto size = static_cast<std::int64_t>(file_.size());
    const auto first = static_cast<std::int64_t>(dataAt_);
    const bool isRle = compression_ == biRle8 || compression_ == biRle4;
    // The last row's padding is missing in some files.
    if (validSize &&
        (first > size || (!isRle && static_cast<std::int64_t>(stride_) * (height_ - 1) + row > size - first)))
      refuse("the file is cut short");
    RgbImage image = RgbImage::black(width_, height_, maxPixels);
    if (isRle)
      readRle(image);
    else
      bits_ <= 8 ? readIndices(image) : readMasked(image);
    return image;
  }

 private:
  std::uint32_t read(std::size_t at, std::size_t size) const {
    return pictures::number(file_, at, size, pictures::Order::little);
  }

  void checkKind() const {
    const bool palette = bits_ == 1 || bits_ == 2 || bits_ == 4 || bits_ == 8;
    const bool deep = bits_ == 16 || bits_ == 32;
    // In OS/2 headers, compression 3 and 4 are Huffman 1D and 24-bit RLE.
    const bool windows = headerSize_ == infoSize || headerSize_ >= 52;
    const bool known = (compression_ == biRgb && (palette || deep || bits_ == 24)) ||
                       (compression_ == biRle8 && bits_ == 8) || (compression_ == biRle4 && bits_ == 4) ||
                       ((compression_ == biBitfields || compression_ == biAlphaBitfields) && deep && windows);
    if (!known)
      refuse("expected a BMP of 1, 2, 4, 8, 16, 24 or 32 bits without compression or with RLE, got " +
             std::to_string(bits_) + " bits with compression " + std::to_string(compression_) +
             "; convert it to PNG");
  }

  std::uint8_t* rowFor(RgbImage& image, std::int64_t stored) const {
    return image.row(topDown_ ? stored : height_ - 1 - stored);
  }

  // (count, 3) RGB.
  std::vector<std::array<std::uint8_t, 3>> palette() const {
    const std::size_t entry = headerSize_ == coreSize ? 3 : 4;
    const std::size_t at = headerAt + headerSize_;
    std::size_t count = std::size_t{1} << bits_;
    if (paletteEntries_ > 0) count = std::min<std::size_t>(count, paletteEntries_);
    count = std::min(count, (dataAt_ - at) / entry);
    std::vector<std::array<std::uint8_t, 3>> colours(count);
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t c = 0; c < 3; ++c)
        colours[i][c] = static_cast<std::uint8_t>(read(at + i * entry + 2 - c, 1));
    return colours;
  }

  static void setPixel(std::uint8_t* rgb, const std::vector<std::array<std::uint8_t, 3>>& colours,
                       std::size_t index) {
    if (index >= colours.size()) refuse("the BMP is damaged: a pixel's colour is not in its palette");
    std::copy(colours[index].begin(), colours[index].end(), rgb);
  }

  void readIndices(RgbImage& image) const {
    const auto colours = palette();
    const std::size_t perByte = 8 / bits_;
    for (std::int64_t y = 0; y < height_; ++y) {
      const Bytes row = file_.subspan(dataAt_ + static_cast<std::size_t>(y) * stride_);
      std::uint8_t* rgb = rowFor(image, y);
      for (std::size_t x = 0; x < width_; ++x, rgb += 3)
        setPixel(rgb, colours,
                 row[x / perByte] >> (8 - bits_ * (x % perByte + 1)) & ((std::uint32_t{1} << bits_) - 1));
    }
  }

  void readRle(RgbImage& image) const {
    const auto colours = palette();
    const std::vector<std::uint8_t> indices =
        decodeRle(file_.subspan(dataAt_), static_cast<int>(width_), static_cast<int>(height_),
                  compression_ == biRle4 ? Rle::rle4 : Rle::rle8);
    for (std::int64_t y = 0; y < height_; ++y) {
      std::uint8_t* rgb = rowFor(image, y);
      for (std::size_t x = 0; x < width_; ++x, rgb += 3)
        setPixel(rgb, colours, indices[static_cast<std::size_t>(y) * width_ + x]);
    }
  }

  std::array<BitMask, 3> bitMasks() const {
    if (compression_ != biRgb) return {BitMask(read(54, 4)), BitMask(read(58, 4)), BitMask(read(62, 4))};
    return bits_ == 16 ? std::array{BitMask(0x7c00), BitMask(0x3e0), BitMask(0x1f)}
                       : std::array{BitMask(0xff0000), BitMask(0xff00), BitMask(0xff)};
  }

  void readMasked(RgbImage& image) const {
    const std::array<BitMask, 3> rgbMasks = bitMasks();
    const std::size_t bytes = bits_ / 8;
    if (std::all_of(rgbMasks.begin(), rgbMasks.end(), [](const BitMask& mask) { return mask.isByte(); }))
      return readBytes(image, rgbMasks);
    for (std::int64_t y = 0; y < height_; ++y) {
      std::size_t at = dataAt_ + static_cast<std::size_t>(y) * stride_;
      std::uint8_t* rgb = rowFor(image, y);
      for (std::size_t x = 0; x < width_; ++x, at += bytes) {
        const std::uint32_t pixel = read(at, bytes);
        for (const BitMask& mask : rgbMasks) *rgb++ = mask.valueOf(pixel);
      }
    }
  }

  // Channels of whole bytes, as in nearly all files, are copied without shifting.
  void readBytes(RgbImage& image, const std::array<BitMask, 3>& rgbMasks) const {
    const std::size_t bytes = bits_ / 8;
    const std::array<int, 3> offsets{rgbMasks[0].shift / 8, rgbMasks[1].shift / 8, rgbMasks[2].shift / 8};
    for (std::int64_t y = 0; y < height_; ++y) {
      const std::uint8_t* from = file_.data() + dataAt_ + static_cast<std::size_t>(y) * stride_;
      std::uint8_t* rgb = rowFor(image, y);
      for (std::size_t x = 0; x < width_; ++x, from += bytes)
        for (const int offset : offsets) *rgb++ = from[offset];
    }
  }

  Bytes file_;
  std::size_t headerSize_ = 0;
  std::uint32_t width_ = 0;
  std::int64_t height_ = 0;
  bool topDown_ = false;
  std::uint32_t bits_ = 0;
  std::uint32_t compression_ = biRgb;
  std::uint32_t paletteEntries_ = 0;
  std::size_t dataAt_ = 0;
  std::size_t stride_ = 0;
};

}  // namespace

RgbImage decodeBmp(Bytes file, std::int64_t maxPixels) {
  return BmpReader(file).decode(maxPixels);
}

}  // namespace cut::trainer
