// SPDX-License-Identifier: MIT
// Netpbm: P1 to P7, several MAXVALs, with and without comments.
#include "trainer/data/image_decoders.hpp"

#include <gtest/gtest.h>

#include "crafted.hpp"

namespace cut::trainer {
namespace {

using namespace std::string_literals;
using pictures::RgbImage;
using pictures::test::big, pictures::test::eightBits, pictures::test::expectRefused, pictures::test::level;

constexpr int width = 11, height = 5;

RgbImage decode(const std::string& bytes) {
  return decodePnm(pictures::test::bytesOf(bytes), 1000);
}

std::string values(int channels, std::uint32_t white, bool text) {
  std::string all;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c)
        all += text ? std::to_string(level(x, y, c, white)) + " "
                    : big(level(x, y, c, white), white > 255 ? 2 : 1);
  return all;
}

void expectLevels(const RgbImage& image, int channels, std::uint32_t white) {
  ASSERT_EQ(image.width, width);
  ASSERT_EQ(image.height, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c)
        ASSERT_EQ(pictures::test::pixel(image, x, y)[static_cast<std::size_t>(c)],
                  eightBits(level(x, y, channels < 3 ? 0 : c, white), white));
}

class PnmMaxval : public testing::TestWithParam<std::uint32_t> {};

TEST_P(PnmMaxval, MaximumBecomes255InGreyAndColourTextAndBinary) {
  const std::string size = "11 5\n# a comment\n" + std::to_string(GetParam()) + "\n";
  expectLevels(decode("P2 # made by hand\n" + size + values(1, GetParam(), true)), 1, GetParam());
  expectLevels(decode("P3\n" + size + values(3, GetParam(), true)), 3, GetParam());
  expectLevels(decode("P5\n" + size + values(1, GetParam(), false)), 1, GetParam());
  expectLevels(decode("P6\n" + size + values(3, GetParam(), false)), 3, GetParam());
}

TEST_P(PnmMaxval, MaximumBecomes255InPamAndAlphaIsDropped) {
  for (int channels = 1; channels <= 4; ++channels)
    expectLevels(decode("P7\n# c\nWIDTH 11\nHEIGHT 5\nDEPTH " + std::to_string(channels) + "\nMAXVAL " +
                        std::to_string(GetParam()) + "\nTUPLTYPE SOME WORDS\nENDHDR\n" +
                        values(channels, GetParam(), false)),
                 channels, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Some, PnmMaxval, testing::Values(1, 2, 15, 100, 254, 255, 256, 1000, 65535));

TEST(PnmImage, BitmapOnesAreBlack) {
  std::string text, tight, bits;
  for (int y = 0; y < height; ++y) {
    std::vector<std::uint32_t> row;
    for (int x = 0; x < width; ++x) row.push_back(level(x, y, 0, 1));
    for (const std::uint32_t bit : row) {
      text += std::to_string(bit) + "\n";
      tight += std::to_string(bit);
    }
    bits += pictures::test::packed(row, 1);
  }
  for (const std::string& file : {"P1 11 5\n" + text, "P1\n11 5 # c\n" + tight, "P4 11 5\n" + bits}) {
    const RgbImage image = decode(file);
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        ASSERT_EQ(pictures::test::pixel(image, x, y)[1], level(x, y, 0, 1) != 0 ? 0 : 255)
            << file.substr(0, 2);
  }
}

TEST(PnmImage, SamplesAboveTheMaximumAreWhite) {
  EXPECT_EQ(decode("P5 2 1 100\n\xff\x32"s).pixels,
            (std::vector<std::uint8_t>{255, 255, 255, 128, 128, 128}));
}

TEST(PnmImage, TruncatedOrDamagedThrows) {
  for (const std::string& file :
       {"P6"s, "P6 2"s, "P6 2 2 255"s, "P6 2 2 255\nabc"s, "P3 2 2 255\n1 2 3"s, "P1 2 2\n1 0 1"s,
        "P4 9 2\n\xff"s, "P7\nWIDTH 2\nHEIGHT 2\n"s, "P5 2 2 65535\n1234567"s})
    expectRefused("cut short", [&] { decode(file); });
  for (const std::string& file : {"P6 2 2 0\nabcdefghijkl"s, "P6 2 2 65536\nabcdefghijkl"s,
                                  "P3 1 1 255\n1 2 x"s, "P1 1 1\n2"s, "P7\nWIDTH 1\nSIZE 1\nENDHDR\n1"s})
    expectRefused("damaged", [&] { decode(file); });
  expectRefused("1 to 4 channels",
                [] { decode("P7\nWIDTH 1\nHEIGHT 1\nDEPTH 5\nMAXVAL 255\nENDHDR\n12345"); });
  expectRefused("0 x 2", [] { decode("P6 0 2 255\n"); });
  expectRefused("60000 x 50000", [] { decode("P6 60000 50000 255\n"); });
  expectRefused("pixels", [] { decode("P6 99999999999999999999 5 255\n"); });
}

}  // namespace
}  // namespace cut::trainer
