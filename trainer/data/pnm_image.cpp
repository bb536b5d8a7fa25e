// SPDX-License-Identifier: MIT
#include "trainer/data/image_decoders.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace cut::trainer {
namespace {

using pictures::Bytes;
using pictures::refuse;
using pictures::RgbImage;

struct Header {
  std::int64_t width = 0;
  std::int64_t height = 0;
  int channels = 1;  // 1: grey, 2: grey and alpha, 3: RGB, 4: RGBA
  std::int64_t maxval = 1;
  bool ascii = false;
  bool bitmap = false;  // P1, P4: 1 is black; P4 packs 8 pixels in a byte
};

bool isSpace(int c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

class PnmReader {
 public:
  explicit PnmReader(Bytes file) : file_(file), kind_(file.size() > 1 ? file[1] : 0) {}

  RgbImage read(std::int64_t maxPixels) {
    kind_ == '7' ? readPamHeader() : readHeader();
    if (header_.maxval < 1 || header_.maxval > 65535)
      refuse("the header is damaged: expected a MAXVAL of 1 to 65535, got " + std::to_string(header_.maxval));
    checkEnoughBytes(maxPixels);
    RgbImage image = RgbImage::black(header_.width, header_.height, maxPixels);
    for (int y = 0; y < image.height; ++y) readRow(image.row(y));
    return image;
  }

 private:
  int peek() const { return at_ < file_.size() ? file_[at_] : -1; }

  void skipSpace() {
    for (bool comment = false; at_ < file_.size(); ++at_) {
      const int c = file_[at_];
      comment = c == '#' || (comment && c != '\n' && c != '\r');
      if (!comment && !isSpace(c)) return;
    }
  }

  std::int64_t number() {
    skipSpace();
    std::int64_t value = 0;
    const std::size_t first = at_;
    for (; peek() >= '0' && peek() <= '9' && value < (std::int64_t{1} << 40); ++at_)
      value = value * 10 + (peek() - '0');
    if (at_ > first) return value;
    refuse(at_ == file_.size() ? "the file is cut short" : "the file is damaged: expected a number");
  }

  void readHeader() {
    header_.ascii = kind_ <= '3';
    header_.bitmap = kind_ == '1' || kind_ == '4';
    header_.channels = kind_ == '3' || kind_ == '6' ? 3 : 1;
    at_ = 2;
    header_.width = number();
    header_.height = number();
    if (!header_.bitmap) header_.maxval = number();
    if (!isSpace(peek())) refuse(peek() < 0 ? "the file is cut short" : "the header is damaged");
    ++at_;  // exactly one whitespace: pixel data follow
  }

  std::string_view word() {
    skipSpace();
    const std::size_t first = at_;
    while (at_ < file_.size() && !isSpace(peek())) ++at_;
    return {reinterpret_cast<const char*>(file_.data()) + first, at_ - first};
  }

  void readPamHeader() {
    at_ = 2;
    std::int64_t depth = 0;
    for (std::string_view name = word(); name != "ENDHDR"; name = word()) {
      if (name == "WIDTH")
        header_.width = number();
      else if (name == "HEIGHT")
        header_.height = number();
      else if (name == "DEPTH")
        depth = number();
      else if (name == "MAXVAL")
        header_.maxval = number();
      else if (name == "TUPLTYPE")
        while (at_ < file_.size() && peek() != '\n') ++at_;
      else
        refuse(name.empty() ? "the file is cut short" : "the header is damaged");
    }
    if (peek() == '\n') ++at_;
    if (depth < 1 || depth > 4) refuse("expected a PAM of 1 to 4 channels, got " + std::to_string(depth));
    header_.channels = static_cast<int>(depth);
  }

  std::int64_t bytesPerValue() const { return header_.maxval > 255 ? 2 : 1; }

  // Checked before allocation, because the header may claim any size.
  void checkEnoughBytes(std::int64_t maxPixels) const {
    const auto [width, height, channels, maxval, ascii, bitmap] = header_;
    if (width < 1 || height < 1 || width > maxPixels || height > maxPixels / width)
      return;  // RgbImage::black() refuses it
    const std::int64_t row =
        bitmap && !ascii ? (width + 7) / 8 : width * channels * (ascii ? 1 : bytesPerValue());
    if (row * height > static_cast<std::int64_t>(file_.size() - at_)) refuse("the file is cut short");
  }

  std::uint8_t asciiValue() {
    if (!header_.bitmap) return scaled(number());
    skipSpace();  // the digits of P1 need no space between them
    const int c = peek();
    if (c != '0' && c != '1')
      refuse(c < 0 ? "the file is cut short" : "the file is damaged: expected 0 or 1");
    ++at_;
    return c == '1' ? 0 : 255;
  }

  std::uint8_t binaryValue() {
    const auto bytes = static_cast<std::size_t>(bytesPerValue());
    const std::int64_t value = pictures::number(file_, at_, bytes, pictures::Order::big);
    at_ += bytes;
    return scaled(value);
  }

  std::uint8_t scaled(std::int64_t value) const {
    return pictures::toByte(static_cast<std::uint64_t>(std::min(value, header_.maxval)),
                            static_cast<std::uint64_t>(header_.maxval));
  }

  void readRow(std::uint8_t* rgb) {
    if (header_.bitmap && !header_.ascii) return readBits(rgb);
    if (!header_.ascii && header_.maxval == 255) return readBytes(rgb);
    for (std::int64_t x = 0; x < header_.width; ++x, rgb += 3) {
      std::uint8_t values[4] = {};
      for (int c = 0; c < header_.channels; ++c) values[c] = header_.ascii ? asciiValue() : binaryValue();
      for (int c = 0; c < 3; ++c) rgb[c] = values[header_.channels < 3 ? 0 : c];
    }
  }

  void readBytes(std::uint8_t* rgb) {
    const std::uint8_t* from = file_.data() + at_;
    for (std::int64_t x = 0; x < header_.width; ++x, rgb += 3, from += header_.channels)
      for (int c = 0; c < 3; ++c) rgb[c] = from[header_.channels < 3 ? 0 : c];
    at_ += static_cast<std::size_t>(header_.width * header_.channels);
  }

  void readBits(std::uint8_t* rgb) {
    for (std::int64_t x = 0; x < header_.width; ++x, rgb += 3) {
      const int bit = file_[at_ + static_cast<std::size_t>(x) / 8] >> (7 - x % 8) & 1;
      std::fill_n(rgb, 3, static_cast<std::uint8_t>(bit != 0 ? 0 : 255));
    }
    at_ += static_cast<std::size_t>((header_.width + 7) / 8);
  }

  Bytes file_;
  int kind_;  // '1' to '7'
  std::size_t at_ = 0;
  Header header_;
};

}  // namespace

RgbImage decodePnm(Bytes file, std::int64_t maxPixels) {
  return PnmReader(file).read(maxPixels);
}

}  // namespace cut::trainer
