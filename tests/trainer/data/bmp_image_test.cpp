// SPDX-License-Identifier: MIT
// Bitmaps of every depth, mask, header and compression, built byte by byte.
#include "trainer/data/image_decoders.hpp"

#include <gtest/gtest.h>

#include "crafted.hpp"

namespace cut::trainer {
namespace {

using namespace std::string_literals;
using pictures::RgbImage;
using pictures::test::eightBits, pictures::test::expectRefused, pictures::test::level, pictures::test::little;

constexpr int width = 11, height = 6;
constexpr std::int64_t maxPixels = 1000;

struct Bitmap {
  int bits = 24;
  std::uint32_t compression = 0;
  int headerSize = 40;
  std::vector<std::uint32_t> masks = {};
  bool topDown = false;
  std::uint32_t colours = 0;
  std::string palette = "";
  std::string gap = "";  // between header and pixels
};

std::string file(const Bitmap& map, const std::string& pixels) {
  std::string masks;
  for (const std::uint32_t mask : map.masks) masks += little(mask, 4);
  std::string header = little(map.headerSize, 4);
  if (map.headerSize == 12) {
    header += little(width, 2) + little(height, 2) + little(1, 2) + little(map.bits, 2);
  } else {
    header += little(width, 4) + little(map.topDown ? -height : height, 4) + little(1, 2) +
              little(map.bits, 2) + little(map.compression, 4) + little(pixels.size(), 4) + little(2835, 4) +
              little(2835, 4) + little(map.colours, 4) + little(0, 4);
    if (map.headerSize > 40) {
      header += masks;
      masks.clear();
    }
    header.resize(static_cast<std::size_t>(map.headerSize));
  }
  const std::string before = header + masks + map.palette + map.gap;
  return "BM" + little(14 + before.size() + pixels.size(), 4) + little(0, 4) + little(14 + before.size(), 4) +
         before + pixels;
}

// Rows of `pixel(x, y)` in `bits`, least significant byte first, in the order of the file.
template <typename Pixel>
std::string rows(const Bitmap& map, const Pixel& pixel) {
  std::string all;
  for (int i = 0; i < height; ++i) {
    const int y = map.topDown ? i : height - 1 - i;
    std::string row;
    std::vector<std::uint32_t> values;
    for (int x = 0; x < width; ++x) values.push_back(pixel(x, y));
    if (map.bits < 8)
      row = pictures::test::packed(values, map.bits);
    else
      for (const std::uint32_t value : values) row += little(value, map.bits / 8);
    row.resize((row.size() + 3) / 4 * 4);
    all += row;
  }
  return all;
}

RgbImage decode(const std::string& bytes) {
  return decodeBmp(pictures::test::bytesOf(bytes), maxPixels);
}

struct Masks {
  int bits;
  std::uint32_t red, green, blue, alpha;
};

class BmpMasks : public testing::TestWithParam<Masks> {};

std::uint32_t white(std::uint32_t mask) {
  return mask >> std::countr_zero(mask);
}

std::uint32_t pixelOf(const Masks& masks, int x, int y) {
  std::uint32_t pixel = level(x, y, 3, 0xffffffff) & masks.alpha;
  int c = 0;
  for (const std::uint32_t mask : {masks.red, masks.green, masks.blue})
    pixel |= level(x, y, c++, white(mask)) << std::countr_zero(mask);
  return pixel;
}

void expectMasked(const RgbImage& image, const Masks& masks) {
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      int c = 0;
      for (const std::uint32_t mask : {masks.red, masks.green, masks.blue}) {
        const int expected = eightBits(level(x, y, c, white(mask)), white(mask));
        ASSERT_EQ(pictures::test::pixel(image, x, y)[static_cast<std::size_t>(c)], expected) << x << " " << y;
        ++c;
      }
    }
}

TEST_P(BmpMasks, AnyOrderIsReadInEveryHeaderTopDownAndBottomUp) {
  const Masks masks = GetParam();
  for (const int headerSize : {40, 52, 56, 108, 124})
    for (const bool topDown : {false, true}) {
      Bitmap map{.bits = masks.bits, .compression = 3, .headerSize = headerSize, .topDown = topDown};
      map.masks = {masks.red, masks.green, masks.blue};
      if (headerSize >= 56) map.masks.push_back(masks.alpha);
      expectMasked(decode(file(map, rows(map, [&](int x, int y) { return pixelOf(masks, x, y); }))), masks);
    }
}

TEST_P(BmpMasks, AlphaMasksAreReadAfterTheOldHeader) {
  const Masks masks = GetParam();
  Bitmap map{.bits = masks.bits, .compression = 6};
  map.masks = {masks.red, masks.green, masks.blue, masks.alpha};
  expectMasked(decode(file(map, rows(map, [&](int x, int y) { return pixelOf(masks, x, y); }))), masks);
}

INSTANTIATE_TEST_SUITE_P(All, BmpMasks,
                         testing::Values(Masks{16, 0x7c00, 0x3e0, 0x1f, 0}, Masks{16, 0xf800, 0x7e0, 0x1f, 0},
                                         Masks{16, 0x1f, 0x7e0, 0xf800, 0},
                                         Masks{16, 0x1f, 0x3e0, 0x7c00, 0x8000},
                                         Masks{16, 0xf00, 0xf0, 0xf, 0xf000}, Masks{16, 0xe0, 0x1c, 0x3, 0},
                                         Masks{32, 0xff0000, 0xff00, 0xff, 0xff000000},
                                         Masks{32, 0xff, 0xff00, 0xff0000, 0xff000000},
                                         Masks{32, 0xff000000, 0xff0000, 0xff00, 0xff},
                                         Masks{32, 0xff00, 0xff0000, 0xff000000, 0xff},
                                         Masks{32, 0xff00, 0xff0000, 0xff, 0},
                                         Masks{32, 0x3ff00000, 0xffc00, 0x3ff, 0xc0000000},
                                         Masks{32, 0x3ff, 0xffc00, 0x3ff00000, 0}),
                         [](const auto& which) { return "order" + std::to_string(which.index); });

TEST(BmpImage, MissingMasksHaveDefaults) {
  for (const Masks& masks : {Masks{16, 0x7c00, 0x3e0, 0x1f, 0x8000}, Masks{24, 0xff0000, 0xff00, 0xff, 0},
                             Masks{32, 0xff0000, 0xff00, 0xff, 0xff000000}})
    for (const int headerSize : {40, 64, 108, 124})
      for (const bool topDown : {false, true}) {
        const Bitmap map{.bits = masks.bits, .headerSize = headerSize, .topDown = topDown, .gap = "seven b"};
        expectMasked(decode(file(map, rows(map, [&](int x, int y) { return pixelOf(masks, x, y); }))), masks);
      }
  const Bitmap old{.bits = 24, .headerSize = 12};
  const Masks masks{24, 0xff0000, 0xff00, 0xff, 0};
  expectMasked(decode(file(old, rows(old, [&](int x, int y) { return pixelOf(masks, x, y); }))), masks);
}

std::string paletteOf(int count, bool core = false) {
  std::string palette;
  for (int i = 0; i < count; ++i)
    palette += little(i * 7, 1) + little(255 - i, 1) + little(i * 3, 1) + (core ? ""s : "\0"s);
  return palette;
}

std::array<int, 3> colour(int i) {
  return {i * 3 % 256, 255 - i, i * 7 % 256};
}

template <typename Index>
void expectIndices(const RgbImage& image, const Index& index) {
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      ASSERT_EQ(pictures::test::pixel(image, x, y), colour(static_cast<int>(index(x, y)))) << x << " " << y;
}

TEST(BmpImage, PaletteIsApplied) {
  for (const int bits : {1, 2, 4, 8})
    for (const int headerSize : {12, 40, 64, 124})
      for (const bool topDown : {false, headerSize != 12}) {
        const bool core = headerSize == 12;
        const Bitmap map{.bits = bits,
                         .headerSize = headerSize,
                         .topDown = topDown,
                         .palette = paletteOf(1 << bits, core)};
        const auto index = [&](int x, int y) { return level(x, y, 0, (1U << bits) - 1); };
        expectIndices(decode(file(map, rows(map, index))), index);
      }
}

TEST(BmpImage, IndexBeyondAShortPaletteThrows) {
  const Bitmap map{.bits = 8, .colours = 20, .palette = paletteOf(20)};
  const auto index = [](int x, int y) { return level(x, y, 0, 19); };
  expectIndices(decode(file(map, rows(map, index))), index);
  expectRefused("not in its palette", [&] { decode(file(map, rows(map, [](int, int) { return 20U; }))); });
}

// Encoded runs of three and five, literal pixels, ends of lines.
TEST(BmpImage, Rle8IsDecoded) {
  std::string runs;
  for (int i = 0; i < height; ++i)
    runs += "\3"s + static_cast<char>(i) + "\0\5"s + "\x0a\x0b\x0c\x0d\x0e\0"s + "\3"s +
            static_cast<char>(i + 1) + (i + 1 < height ? "\0\0"s : "\0\1"s);
  const Bitmap map{.bits = 8, .compression = 1, .palette = paletteOf(256)};
  expectIndices(decode(file(map, runs)), [](int x, int y) {
    const int i = height - 1 - y;
    return x < 3 ? i : x < 8 ? 7 + x : i + 1;
  });
}

TEST(BmpImage, Rle4IsDecoded) {
  std::string runs;
  for (int i = 0; i < height; ++i)
    runs += "\4\x12\0\7\x34\x56\x78\x90"s + (i + 1 < height ? "\0\0"s : "\0\1"s);
  const Bitmap map{.bits = 4, .compression = 2, .palette = paletteOf(16)};
  constexpr int row[width] = {1, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  expectIndices(decode(file(map, runs)), [&](int x, int) { return row[x]; });
}

TEST(BmpImage, PixelsSkippedByRleAreColourZero) {
  const Bitmap map{.bits = 8, .compression = 1, .palette = paletteOf(256)};
  expectIndices(decode(file(map, "\0\2\5\2\3\7\0\1"s)),
                [](int x, int y) { return y == height - 3 && x >= 5 && x < 8 ? 7 : 0; });
}

TEST(BmpImage, RleBeyondThePictureOrTruncatedThrows) {
  const Bitmap map{.bits = 8, .compression = 1, .palette = paletteOf(256)};
  for (const std::string& runs : {"\x0c\1\0\1"s, "\0\2\0\x06\1\1\0\1"s, "\0\2\xff\0\1\1\0\1"s})
    expectRefused("leaves the picture", [&] { decode(file(map, runs)); });
  for (const std::string& runs : {""s, "\3"s, "\3\1\0\0"s, "\0\5\1\2"s})
    expectRefused("cut short", [&] { decode(file(map, runs)); });
}

TEST(BmpImage, TruncatedAnywhereThrows) {
  const Bitmap map{.bits = 24};
  const std::string whole = file(map, rows(map, [](int x, int y) { return level(x, y, 0, 0xffffff); }));
  for (std::size_t kept = 2; kept < whole.size() - 3; ++kept)
    expectRefused("", [&] { decode(whole.substr(0, kept)); });
}

TEST(BmpImage, UnsupportedKindThrowsWithItsName) {
  for (const Bitmap& map : {Bitmap{.bits = 0, .compression = 5}, Bitmap{.bits = 24, .compression = 4},
                            Bitmap{.bits = 1, .compression = 3, .headerSize = 64}, Bitmap{.bits = 64},
                            Bitmap{.bits = 8, .compression = 2}})
    expectRefused("expected a BMP of", [&] { decode(file(map, std::string(4096, '\0'))); });
  Bitmap gaps{.bits = 16, .compression = 3};
  gaps.masks = {0x7c01, 0x3e0, 0x1f};
  expectRefused("has gaps", [&] { decode(file(gaps, std::string(4096, '\0'))); });
}

TEST(BmpImage, SizeBeyondTheLimitThrowsBeforeAllocation) {
  std::string bytes = file({}, "");
  bytes.replace(18, 8, little(60000, 4) + little(50000, 4));
  expectRefused("60000 x 50000", [&] { decode(bytes); });
}

}  // namespace
}  // namespace cut::trainer
