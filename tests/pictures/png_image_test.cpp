// SPDX-License-Identifier: MIT
// PNG of every depth and colour type, compared with computed samples.
#include "pictures/png_image.hpp"

#include <gtest/gtest.h>

#include "crafted.hpp"

namespace cut::pictures {
namespace {

using namespace std::string_literals;
using test::eightBits, test::level, test::png, test::pngChunk;

constexpr std::int64_t maxPixels = 1000;

RgbImage decode(const std::string& file) {
  return decodePng(test::bytesOf(file), maxPixels);
}

void expectLevels(const RgbImage& image, const test::PngKind& kind) {
  const std::uint32_t white = (1U << kind.bits) - 1;
  ASSERT_EQ(image.width, kind.width);
  ASSERT_EQ(image.height, kind.height);
  for (int y = 0; y < kind.height; ++y)
    for (int x = 0; x < kind.width; ++x)
      for (int c = 0; c < 3; ++c)
        ASSERT_EQ(test::pixel(image, x, y)[static_cast<std::size_t>(c)],
                  eightBits(level(x, y, test::channelsOf(kind) < 3 ? 0 : c, white), white))
            << x << " " << y << " " << c;
}

class PngKinds : public testing::TestWithParam<test::PngKind> {};

TEST_P(PngKinds, DecodeToEightBitRgbWithoutAlpha) {
  test::PngKind kind = GetParam();
  for (const bool interlaced : {false, true}) {
    kind.interlaced = interlaced;
    expectLevels(decode(png(kind)), kind);
  }
}

std::vector<test::PngKind> kinds() {
  std::vector<test::PngKind> all;
  for (const int bits : {1, 2, 4, 8, 16}) all.push_back({.bits = bits, .colourType = 0});
  for (const int type : {2, 4, 6})
    for (const int bits : {8, 16}) all.push_back({.bits = bits, .colourType = type});
  return all;
}

INSTANTIATE_TEST_SUITE_P(All, PngKinds, testing::ValuesIn(kinds()), [](const auto& which) {
  return "type" + std::to_string(which.param.colourType) + "_" + std::to_string(which.param.bits) + "bits";
});

TEST(PngImage, RoundsSixteenBits) {
  const test::PngKind kind{.width = 256, .height = 256, .bits = 16, .colourType = 0};
  expectLevels(decodePng(test::bytesOf(png(kind)), 65536), kind);
}

TEST(PngImage, IgnoresTransparencyOfAPalette) {
  for (const int bits : {1, 2, 4, 8}) {
    const test::PngKind kind{.bits = bits, .colourType = 3};
    std::string palette;
    for (int i = 0; i < 1 << bits; ++i)
      palette += {static_cast<char>(i * 3), static_cast<char>(255 - i), static_cast<char>(i * 7)};
    for (const std::string& transparency : {""s, pngChunk("tRNS", "\0\x80"s)}) {
      const RgbImage image = decode(png(kind, pngChunk("PLTE", palette) + transparency));
      for (int y = 0; y < kind.height; ++y)
        for (int x = 0; x < kind.width; ++x) {
          const int i = static_cast<int>(level(x, y, 0, (1U << bits) - 1));
          ASSERT_EQ(test::pixel(image, x, y), (std::array{i * 3 % 256, 255 - i, i * 7 % 256})) << bits;
        }
    }
  }
}

TEST(PngImage, IgnoresAncillaryChunks) {
  const test::PngKind kind{.colourType = 2};
  for (const std::string& chunk :
       {pngChunk("gAMA", test::big(100000, 4)), pngChunk("sBIT", "\5\6\5"),
        pngChunk("bKGD", "\0\x09\0\x63\0\xc8"s), pngChunk("tRNS", "\0\x01\0\x02\0\x03"s),
        pngChunk("iCCP", "name\0\0no profile"s), pngChunk("zTXt", "k\0\0no text"s)}) {
    testing::internal::CaptureStderr();
    expectLevels(decode(png(kind, chunk)), kind);
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  }
}

TEST(PngImage, ReadsTheDefaultImageOfAnAnimation) {
  const test::PngKind kind;
  const std::string control = pngChunk("acTL", test::big(2, 4) + test::big(0, 4));
  expectLevels(decode(png(kind, control, pngChunk("fdAT", test::big(1, 4) + "next frame"))), kind);
}

TEST(PngImage, ReadsTheExifOrientationBeforeOrAfterThePixels) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string chunk = pngChunk("eXIf", test::exif(orientation, orientation % 2 == 0));
    EXPECT_EQ(decode(png({}, chunk)).orientation, orientation);
    EXPECT_EQ(decode(png({}, "", chunk)).orientation, orientation);
  }
  EXPECT_EQ(decode(png({})).orientation, 1);
}

TEST(PngImage, RefusesDamageAndTruncationSilently) {
  const std::string whole = png({.bits = 16, .colourType = 6});
  testing::internal::CaptureStderr();
  for (std::size_t kept = 0; kept + 12 < whole.size(); kept += 7)
    test::expectRefused("", [&] { decode(whole.substr(0, kept)); });
  std::string damaged = whole;
  damaged[whole.find("IDAT") + 20] ^= 0x55;
  test::expectRefused("damaged", [&] { decode(damaged); });
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(PngImage, RefusesTooManyPixelsBeforeDecoding) {
  std::string file = png({});
  file.replace(16, 8, test::big(60000, 4) + test::big(50000, 4));
  file.replace(8, 25, pngChunk("IHDR", file.substr(16, 13)));
  test::expectRefused("60000 x 50000", [&] { decode(file); });
}

}  // namespace
}  // namespace cut::pictures
