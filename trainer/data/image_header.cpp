#include "trainer/data/image_header.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string_view>

namespace cut::trainer {
namespace {

using Bytes = std::span<const std::uint8_t>;

enum class Order { little, big };

// Beyond the end, zeros: every header with a zero in it is refused in the end.
std::uint32_t number(Bytes file, std::size_t at, std::size_t bytes, Order order) {
  if (at > file.size() || bytes > file.size() - at) return 0;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i)
    value = value << 8 | file[at + (order == Order::big ? i : bytes - 1 - i)];
  return value;
}

bool hasAt(Bytes file, std::size_t at, std::string_view text) {
  return at + text.size() <= file.size() &&
         std::equal(text.begin(), text.end(), file.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

// A JPEG's marker segments one after the other.
class JpegSegments {
 public:
  explicit JpegSegments(Bytes file) : file_(file) {}

  // Moves to the next marker, over entropy-coded data too; 0 at the end of the file.
  int next() {
    while (at_ + 1 < file_.size()) {
      const int marker = file_[at_ + 1];
      if (file_[at_] != 0xff || marker == 0 || marker == 0xff || (marker >= 0xd0 && marker <= 0xd7)) {
        ++at_;
        continue;
      }
      body_ = at_ + 2;
      at_ = marker == 0xd8 || marker == 0xd9 ? body_
                                             : body_ + std::max(2U, number(file_, body_, 2, Order::big));
      return marker;
    }
    return 0;
  }

  std::size_t body() const noexcept { return body_; }  // after the marker

 private:
  Bytes file_;
  std::size_t at_ = 0;
  std::size_t body_ = 0;
};

std::optional<ImageHeader> readJpeg(Bytes file) {
  JpegSegments segments(file);
  while (const int marker = segments.next()) {
    if (marker == 0xda || marker == 0xd9) break;  // data or end before a frame header
    // SOF0 to SOF15 without DHT, JPG and DAC, which lie among them.
    if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc)
      return ImageHeader{ImageFormat::jpeg, number(file, segments.body() + 5, 2, Order::big),
                         number(file, segments.body() + 3, 2, Order::big)};
  }
  return std::nullopt;
}

ImageHeader readBmp(Bytes file) {
  if (number(file, 14, 4, Order::little) == 12)
    return {ImageFormat::bmp, number(file, 18, 2, Order::little), number(file, 20, 2, Order::little)};
  // A negative height says that rows run from the top.
  const auto height = static_cast<std::int32_t>(number(file, 22, 4, Order::little));
  return {ImageFormat::bmp, number(file, 18, 4, Order::little), std::abs(std::int64_t{height})};
}

std::optional<ImageHeader> readWebp(Bytes file) {
  if (hasAt(file, 12, "VP8X"))
    return ImageHeader{ImageFormat::webp, number(file, 24, 3, Order::little) + 1LL,
                       number(file, 27, 3, Order::little) + 1LL};
  if (hasAt(file, 12, "VP8L")) {
    const std::uint32_t bits = number(file, 21, 4, Order::little);
    return ImageHeader{ImageFormat::webp, (bits & 0x3fff) + 1LL, (bits >> 14 & 0x3fff) + 1LL};
  }
  if (hasAt(file, 12, "VP8 "))
    return ImageHeader{ImageFormat::webp, number(file, 26, 2, Order::little) & 0x3fff,
                       number(file, 28, 2, Order::little) & 0x3fff};
  return std::nullopt;
}

// The first directory of a classic TIFF.
ImageHeader readTiff(Bytes file, Order order) {
  ImageHeader header{ImageFormat::tiff, 0, 0};
  const std::size_t directory = number(file, 4, 4, order);
  const std::uint32_t entries = number(file, directory, 2, order);
  for (std::uint32_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + std::size_t{12} * i;
    const std::uint32_t tag = number(file, entry, 2, order);
    const bool isShort = number(file, entry + 2, 2, order) == 3;
    const std::uint32_t value = number(file, entry + 8, isShort ? 2 : 4, order);
    if (tag == 256) header.width = value;
    if (tag == 257) header.height = value;
  }
  return header;
}

// Three numbers in text after "P6", with comments between; bitmaps (P1, P4) have no third.
ImageHeader readPnm(Bytes file) {
  const bool bitmap = file[1] == '1' || file[1] == '4';
  std::int64_t numbers[3] = {0, 0, bitmap ? 1 : 0};
  std::size_t at = 2;
  for (int i = 0; i < (bitmap ? 2 : 3); ++i) {
    for (bool comment = false; at < file.size() && (comment || file[at] < '0' || file[at] > '9'); ++at)
      comment = file[at] == '#' || (comment && file[at] != '\n');
    for (; at < file.size() && file[at] >= '0' && file[at] <= '9' && numbers[i] < (1 << 30); ++at)
      numbers[i] = numbers[i] * 10 + (file[at] - '0');
  }
  const bool valid = numbers[2] >= 1 && numbers[2] <= 65535;
  return {ImageFormat::pnm, valid ? numbers[0] : 0, numbers[1], bitmap ? 0 : static_cast<int>(numbers[2])};
}

std::optional<ImageHeader> readAny(Bytes file) {
  using namespace std::string_view_literals;
  if (hasAt(file, 0, "\xff\xd8\xff"sv)) return readJpeg(file);
  if (hasAt(file, 0, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"sv))
    return ImageHeader{ImageFormat::png, number(file, 16, 4, Order::big), number(file, 20, 4, Order::big)};
  if (hasAt(file, 0, "BM"sv)) return readBmp(file);
  if (hasAt(file, 0, "RIFF"sv) && hasAt(file, 8, "WEBP"sv)) return readWebp(file);
  if (hasAt(file, 0, "II*\0"sv)) return readTiff(file, Order::little);
  if (hasAt(file, 0, "MM\0*"sv)) return readTiff(file, Order::big);
  if (file.size() > 2 && file[0] == 'P' && file[1] >= '1' && file[1] <= '6') return readPnm(file);
  return std::nullopt;
}

}  // namespace

std::optional<ImageHeader> readImageHeader(Bytes file) {
  const auto header = readAny(file);
  return header && header->width > 0 && header->height > 0 ? header : std::nullopt;
}

bool isCompleteJpeg(Bytes file) {
  JpegSegments segments(file);
  bool data = false;
  while (const int marker = segments.next()) {
    if (marker == 0xd9) return data;
    data = data || marker == 0xda;
  }
  return false;
}

}  // namespace cut::trainer
