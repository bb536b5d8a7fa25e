// SPDX-License-Identifier: MIT
#include "crafted.hpp"

#include <gmock/gmock.h>
#include <zlib.h>

#include <cmath>

#include "cuttranslate/error.hpp"

namespace cut::pictures::test {

std::string little(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

std::string big(std::uint64_t value, int bytes) {
  const std::string text = little(value, bytes);
  return {text.rbegin(), text.rend()};
}

std::string packed(const std::vector<std::uint32_t>& values, int bits) {
  std::string row;
  int used = 0;
  for (const std::uint32_t value : values)
    for (int bit = bits - 1; bit >= 0; --bit, ++used) {
      if (used % 8 == 0) row += '\0';
      row.back() = static_cast<char>(row.back() | (value >> bit & 1) << (7 - used % 8));
    }
  return row;
}

int eightBits(double value, double white) {
  return static_cast<int>(std::lround(value / white * 255));
}

std::uint32_t level(int x, int y, int c, std::uint32_t white) {
  const std::uint64_t mixed =
      (std::uint64_t{2654435761U} * static_cast<unsigned>(x * 131 + y * 1009 + c * 17 + 1)) >> 3;
  return static_cast<std::uint32_t>(mixed % (std::uint64_t{white} + 1));
}

std::string exif(int orientation, bool bigEndian) {
  const auto number = [&](std::uint64_t value, int bytes) {
    return bigEndian ? big(value, bytes) : little(value, bytes);
  };
  return (bigEndian ? "MM" : "II") + number(42, 2) + number(8, 4) + number(2, 2) +   // two entries
         number(0x10f, 2) + number(2, 2) + number(4, 4) + std::string("cam\0", 4) +  // the camera's maker
         number(0x112, 2) + number(3, 2) + number(1, 4) + number(orientation, 2) + number(0, 2) +
         number(0, 4);
}

int channelsOf(const PngKind& kind) {
  switch (kind.colourType) {
    case 2:
      return 3;
    case 4:
      return 2;
    case 6:
      return 4;
    default:
      return 1;
  }
}

std::string pngChunk(const std::string& type, const std::string& data) {
  const std::string body = type + data;
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return big(data.size(), 4) + body + big(sum, 4);
}

namespace {

std::string pass(const PngKind& kind, int left, int top, int acrossStep, int downStep) {
  const std::uint32_t white = (1U << kind.bits) - 1;
  std::string rows;
  if (left >= kind.width) return rows;
  for (int y = top; y < kind.height; y += downStep) {
    std::vector<std::uint32_t> values;
    for (int x = left; x < kind.width; x += acrossStep)
      for (int c = 0; c < channelsOf(kind); ++c) values.push_back(level(x, y, c, white));
    rows += '\0' + packed(values, kind.bits);
  }
  return rows;
}

}  // namespace

std::string png(const PngKind& kind, const std::string& chunks, const std::string& after) {
  std::string raw;
  if (kind.interlaced) {
    constexpr int passes[7][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                  {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
    for (const auto& [left, top, across, down] : passes) raw += pass(kind, left, top, across, down);
  } else {
    raw = pass(kind, 0, 0, 1, 1);
  }
  uLongf size = compressBound(raw.size());
  std::string data(size, '\0');
  compress(reinterpret_cast<Bytef*>(data.data()), &size, reinterpret_cast<const Bytef*>(raw.data()),
           raw.size());
  data.resize(size);
  const std::string header = big(kind.width, 4) + big(kind.height, 4) + static_cast<char>(kind.bits) +
                             static_cast<char>(kind.colourType) + std::string(2, '\0') +
                             static_cast<char>(kind.interlaced);
  return "\x89PNG\r\n\x1a\n" + pngChunk("IHDR", header) + chunks + pngChunk("IDAT", data) + after +
         pngChunk("IEND", "");
}

std::array<int, 3> pixel(const RgbImage& image, int x, int y) {
  const std::uint8_t* at = image.pixels.data() + (static_cast<std::size_t>(y) * image.width + x) * 3;
  return {at[0], at[1], at[2]};
}

std::vector<std::uint8_t> bytesOf(const std::string& text) {
  return {text.begin(), text.end()};
}

void expectRefused(const std::string& part, const std::function<void()>& action) {
  try {
    action();
    FAIL() << "nothing was thrown; expected " << part;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::wrongFile) << error.what();
    EXPECT_THAT(error.what(), testing::HasSubstr(part));
  }
}

}  // namespace cut::pictures::test
