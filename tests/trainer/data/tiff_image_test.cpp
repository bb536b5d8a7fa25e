// SPDX-License-Identifier: MIT
// TIFFs of every layout, compared with the expected value of each sample.
#include "trainer/data/image_decoders.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "crafted.hpp"
#include "tiff_writer.hpp"

namespace cut::trainer {
namespace {

using namespace std::string_literals;
using pictures::RgbImage;
using pictures::test::expectRefused, pictures::test::level;
using test::TiffKind, test::writeTiff;

constexpr int width = 21, height = 19;

RgbImage decode(const std::string& file) {
  testing::internal::CaptureStderr();
  const auto printed = [] { EXPECT_EQ(testing::internal::GetCapturedStderr(), ""); };
  try {
    RgbImage image = decodeTiff(pictures::test::bytesOf(file), 1000);
    printed();
    return image;
  } catch (...) {
    printed();
    throw;
  }
}

double whiteOf(const TiffKind& kind) {
  return kind.format == SAMPLEFORMAT_IEEEFP ? 1 : static_cast<double>((std::uint64_t{1} << kind.bits) - 1);
}

// Floats are multiples of 1/256, which float16 represents exactly.
double sample(const TiffKind& kind, int x, int y, int c) {
  if (kind.format == SAMPLEFORMAT_IEEEFP) return level(x, y, c, 256) / 256.0;
  return level(x, y, c, static_cast<std::uint32_t>(whiteOf(kind)));
}

std::string levels(const TiffKind& kind) {
  return writeTiff(kind, width, height, [&](int x, int y, int c) { return sample(kind, x, y, c); });
}

template <typename Expected>
void expectPixels(const RgbImage& image, const Expected& expected) {
  ASSERT_EQ(image.width, width);
  ASSERT_EQ(image.height, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const std::array<int, 3> wanted = expected(x, y);
      ASSERT_EQ(pictures::test::pixel(image, x, y), wanted) << x << " " << y;
    }
}

void expectLevels(const TiffKind& kind, const RgbImage& image) {
  const bool colour = kind.photometric == PHOTOMETRIC_RGB;
  expectPixels(image, [&](int x, int y) {
    std::array<int, 3> wanted{};
    for (int c = 0; c < 3; ++c) {
      const double value = sample(kind, x, y, colour ? c : 0);
      const double white = whiteOf(kind);
      wanted[static_cast<std::size_t>(c)] = static_cast<int>(std::floor(
          (kind.photometric == PHOTOMETRIC_MINISWHITE ? white - value : value) * 255 / white + 0.5));
    }
    return wanted;
  });
}

class TiffKinds : public testing::TestWithParam<TiffKind> {};

TEST_P(TiffKinds, SamplesAreScaledToEightBits) {
  expectLevels(GetParam(), decode(levels(GetParam())));
}

constexpr int rgb = PHOTOMETRIC_RGB, black = PHOTOMETRIC_MINISBLACK, white = PHOTOMETRIC_MINISWHITE;
constexpr int whole = SAMPLEFORMAT_UINT, floats = SAMPLEFORMAT_IEEEFP;

INSTANTIATE_TEST_SUITE_P(
    All, TiffKinds,
    testing::Values(TiffKind{"rgb8"}, TiffKind{"rgb8_big_endian", "wb"}, TiffKind{"rgb8_bigtiff", "wl8"},
                    TiffKind{"rgb16", "wl", 16}, TiffKind{"rgb16_big_endian", "wb", 16},
                    TiffKind{"rgb16_bigtiff_big_endian", "wb8", 16}, TiffKind{"rgb32", "wl", 32},
                    TiffKind{"rgb32_big_endian", "wb", 32}, TiffKind{"rgb24bits", "wl", 24},
                    TiffKind{"rgb24bits_big_endian", "wb", 24}, TiffKind{"rgb2bits", "wl", 2},
                    TiffKind{"rgb4bits", "wl", 4}, TiffKind{"rgb10bits", "wl", 10},
                    TiffKind{"rgb12bits_big_endian", "wb", 12}, TiffKind{"rgb14bits", "wl", 14},
                    TiffKind{.name = "rgb8_planes", .planar = true},
                    TiffKind{.name = "rgb16_planes", .bits = 16, .planar = true},
                    TiffKind{.name = "rgb12_planes", .bits = 12, .planar = true},
                    TiffKind{.name = "rgb8_tiles", .tile = 16},
                    TiffKind{.name = "rgb16_tiles_planes", .bits = 16, .planar = true, .tile = 16},
                    TiffKind{.name = "rgb8_one_strip", .rowsPerStrip = 1000},
                    TiffKind{.name = "rgb8_lzw", .compression = COMPRESSION_LZW},
                    TiffKind{.name = "rgb8_packbits", .compression = COMPRESSION_PACKBITS},
                    TiffKind{.name = "rgb8_deflate", .compression = COMPRESSION_ADOBE_DEFLATE},
                    TiffKind{.name = "rgb8_lzw_predictor", .compression = COMPRESSION_LZW, .predictor = 2},
                    TiffKind{.name = "rgb16_lzw_predictor_big_endian",
                             .mode = "wb",
                             .bits = 16,
                             .compression = COMPRESSION_LZW,
                             .predictor = 2},
                    TiffKind{.name = "rgb16_tiles_planes_deflate_predictor",
                             .bits = 16,
                             .planar = true,
                             .tile = 16,
                             .compression = COMPRESSION_ADOBE_DEFLATE,
                             .predictor = 2},
                    TiffKind{"rgb_floats16", "wl", 16, floats}, TiffKind{"rgb_floats32", "wl", 32, floats},
                    TiffKind{"rgb_floats64_big_endian", "wb", 64, floats},
                    TiffKind{.name = "rgb_floats32_predictor",
                             .bits = 32,
                             .format = floats,
                             .compression = COMPRESSION_ADOBE_DEFLATE,
                             .predictor = 3}),
    [](const auto& which) { return std::string(which.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Grey, TiffKinds,
    testing::Values(
        TiffKind{"grey1bit", "wl", 1, whole, black, 1}, TiffKind{"grey2bits", "wl", 2, whole, black, 1},
        TiffKind{"grey4bits", "wl", 4, whole, black, 1}, TiffKind{"grey6bits", "wl", 6, whole, black, 1},
        TiffKind{"grey8", "wl", 8, whole, black, 1}, TiffKind{"grey12bits", "wl", 12, whole, black, 1},
        TiffKind{"grey16", "wb", 16, whole, black, 1}, TiffKind{"grey32", "wl", 32, whole, black, 1},
        TiffKind{"grey_floats32", "wl", 32, floats, black, 1},
        TiffKind{"white_is_zero_1bit", "wl", 1, whole, white, 1},
        TiffKind{"white_is_zero_8", "wl", 8, whole, white, 1},
        TiffKind{"white_is_zero_16", "wl", 16, whole, white, 1},
        TiffKind{.name = "fax",
                 .bits = 1,
                 .photometric = white,
                 .samples = 1,
                 .compression = COMPRESSION_CCITTFAX4},
        TiffKind{.name = "grey16_tiles", .bits = 16, .photometric = black, .samples = 1, .tile = 16}),
    [](const auto& which) { return std::string(which.param.name); });

class TiffAlpha : public testing::TestWithParam<TiffKind> {};

TEST_P(TiffAlpha, UnassociatedAlphaIsDropped) {
  for (const int extra : {EXTRASAMPLE_UNASSALPHA, EXTRASAMPLE_UNSPECIFIED}) {
    TiffKind kind = GetParam();
    kind.extra = extra;
    expectLevels(kind, decode(levels(kind)));
  }
}

INSTANTIATE_TEST_SUITE_P(All, TiffAlpha,
                         testing::Values(TiffKind{"rgba8", "wl", 8, whole, rgb, 4},
                                         TiffKind{"rgba16", "wb", 16, whole, rgb, 4},
                                         TiffKind{"rgba8_planes", "wl", 8, whole, rgb, 4, true},
                                         TiffKind{"rgba8_tiles", "wl", 8, whole, rgb, 4, false, 16},
                                         TiffKind{"grey_alpha8", "wl", 8, whole, black, 2},
                                         TiffKind{"grey_alpha16", "wl", 16, whole, black, 2},
                                         TiffKind{"rgba_floats", "wl", 32, floats, rgb, 4}),
                         [](const auto& which) { return std::string(which.param.name); });

TEST(TiffImage, AssociatedAlphaIsDividedOut) {
  for (const int bits : {8, 16}) {
    const TiffKind kind{.mode = "wl", .bits = bits, .samples = 4, .extra = EXTRASAMPLE_ASSOCALPHA};
    const auto brightest = static_cast<std::uint32_t>(whiteOf(kind));
    const auto value = [&](int x, int y, int c) {
      const std::uint32_t alpha = x == 0 ? 0 : level(x, y, 3, brightest);
      return c == 3 ? alpha : std::uint64_t{level(x, y, c, brightest)} * alpha / brightest;
    };
    const RgbImage image = decode(writeTiff(
        kind, width, height, [&](int x, int y, int c) { return static_cast<double>(value(x, y, c)); }));
    expectPixels(image, [&](int x, int y) {
      std::array<int, 3> wanted{};
      const auto alpha = static_cast<double>(value(x, y, 3));
      for (int c = 0; c < 3 && alpha > 0; ++c)
        wanted[static_cast<std::size_t>(c)] =
            static_cast<int>(std::lround(static_cast<double>(value(x, y, c)) * 255 / alpha));
      return wanted;
    });
  }
}

TEST(TiffImage, PaletteScaledBy256OrBy257IsApplied) {
  for (const int bits : {1, 2, 4, 8})
    for (const int scale : {256, 257}) {
      std::array<std::vector<std::uint16_t>, 3> map;
      for (std::size_t c = 0; c < 3; ++c)
        for (int i = 0; i < 1 << bits; ++i)
          map[c].push_back(static_cast<std::uint16_t>(level(i, 0, static_cast<int>(c), 255) * scale));
      const TiffKind kind{.bits = bits, .photometric = PHOTOMETRIC_PALETTE, .samples = 1};
      const std::string file = writeTiff(
          kind, width, height, [&](int x, int y, int) { return level(x, y, 9, (1U << bits) - 1); },
          [&](TIFF* tiff) {
            TIFFSetField(tiff, TIFFTAG_COLORMAP, map[0].data(), map[1].data(), map[2].data());
          });
      expectPixels(decode(file), [&](int x, int y) {
        const std::uint32_t i = level(x, y, 9, (1U << bits) - 1);
        return std::array{map[0][i] >> 8, map[1][i] >> 8, map[2][i] >> 8};
      });
    }
}

// Values of Pillow's convert("RGB").
TEST(TiffImage, CmykMatchesPillow) {
  constexpr int inks[4][4] = {{100, 150, 200, 50}, {0, 0, 0, 0}, {255, 0, 0, 0}, {10, 20, 30, 255}};
  constexpr std::array<int, 3> wanted[4] = {{125, 84, 44}, {255, 255, 255}, {0, 255, 255}, {0, 0, 0}};
  for (const int bits : {8, 16})
    for (const bool planar : {false, true}) {
      const TiffKind kind{.bits = bits, .photometric = PHOTOMETRIC_SEPARATED, .samples = 4, .planar = planar};
      const int scale = bits == 8 ? 1 : 257;
      expectPixels(
          decode(writeTiff(kind, width, height, [&](int x, int, int c) { return inks[x % 4][c] * scale; })),
          [&](int x, int) { return wanted[x % 4]; });
    }
}

// (200, 30, 30) in JFIF's YCbCr is (81, 99, 213).
TEST(TiffImage, YCbCrWithSubsampledChromaBecomesRgb) {
  constexpr int ycbcr[3] = {81, 99, 213};
  const TiffKind kind{.photometric = PHOTOMETRIC_YCBCR};
  float range[6] = {0, 255, 128, 255, 128, 255};
  const std::string file = writeTiff(
      kind, width, height, [&](int, int, int c) { return ycbcr[c]; },
      [&](TIFF* tiff) {
        TIFFSetField(tiff, TIFFTAG_YCBCRSUBSAMPLING, 1, 1);
        TIFFSetField(tiff, TIFFTAG_REFERENCEBLACKWHITE, range);
      });
  const RgbImage image = decode(file);
  EXPECT_NEAR(pictures::test::pixel(image, 5, 5)[0], 200, 2);
  EXPECT_NEAR(pictures::test::pixel(image, 5, 5)[1], 30, 2);
  EXPECT_NEAR(pictures::test::pixel(image, 5, 5)[2], 30, 2);
}

TEST(TiffImage, JpegCompressionIsDecodedWithItsColours) {
  constexpr int colour[3] = {200, 30, 30};
  for (const int photometric : {PHOTOMETRIC_YCBCR, PHOTOMETRIC_RGB}) {
    TiffKind kind{.photometric = photometric, .rowsPerStrip = 16, .compression = COMPRESSION_JPEG};
    const std::string file = writeTiff(
        kind, width, height, [&](int, int, int c) { return colour[c]; },
        [&](TIFF* tiff) {
          TIFFSetField(tiff, TIFFTAG_JPEGQUALITY, 95);
          if (photometric == PHOTOMETRIC_YCBCR) TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        });
    const RgbImage image = decode(file);
    for (int c = 0; c < 3; ++c)
      EXPECT_NEAR(pictures::test::pixel(image, 20, 18)[static_cast<std::size_t>(c)], colour[c], 3)
          << photometric;
  }
}

TEST(TiffImage, TruncatedJpegCompressionThrows) {
  const TiffKind kind{
      .photometric = black, .samples = 1, .rowsPerStrip = 1000, .compression = COMPRESSION_JPEG};
  std::string file = levels(kind);
  const std::size_t scan = file.find("\xff\xda");
  ASSERT_NE(scan, std::string::npos);
  file.replace(scan + 60, 2, "\xff\xd9");
  expectRefused("damaged or cut short", [&] { decode(file); });
}

TEST(TiffImage, FirstPageIsRead) {
  const TiffKind kind;
  expectLevels(kind,
               decode(writeTiff(
                   kind, width, height, [&](int x, int y, int c) { return sample(kind, x, y, c); }, {}, 3)));
}

TEST(TiffImage, OrientationIsReadBesideTheStoredPixels) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const TiffKind kind{.orientation = orientation};
    const RgbImage image = decode(levels(kind));
    EXPECT_EQ(image.orientation, orientation);
    expectLevels(kind, image);
  }
}

TEST(TiffImage, FloatsAboveOneOrNanThrowWithTheValue) {
  const TiffKind kind{.bits = 32, .format = floats, .photometric = black, .samples = 1};
  for (const double odd : {200.0, -0.5, 1.01, static_cast<double>(NAN), static_cast<double>(INFINITY)})
    expectRefused("from 0 (black) to 1 (white)", [&] {
      decode(writeTiff(kind, width, height, [&](int x, int y, int) { return x + y == 9 ? odd : 0.5; }));
    });
}

TEST(TiffImage, UnsupportedPhotometricThrowsWithItsName) {
  const auto refused = [](const TiffKind& kind, const std::string& part) {
    expectRefused(part, [&] { decode(levels(kind)); });
  };
  refused({.format = SAMPLEFORMAT_INT, .photometric = black, .samples = 1}, "signed ones of 8 bits");
  refused({.photometric = PHOTOMETRIC_CIELAB}, "CIELAB");
  refused({.photometric = PHOTOMETRIC_ICCLAB}, "CIELAB");
  refused({.photometric = black, .samples = 7}, "got 7");
  refused({.photometric = black, .samples = 7, .planar = true}, "got 7");
  refused({.samples = 2}, "2 samples");
  expectRefused("expected inks of CMYK", [] {
    const TiffKind kind{.photometric = PHOTOMETRIC_SEPARATED, .samples = 4};
    decode(writeTiff(
        kind, width, height, [](int, int, int) { return 9; },
        [](TIFF* tiff) { TIFFSetField(tiff, TIFFTAG_INKSET, INKSET_MULTIINK); }));
  });
}

TEST(TiffImage, TruncatedAnywhereThrowsAndPrintsNothing) {
  for (const TiffKind& kind : {TiffKind{}, TiffKind{.mode = "wb8", .bits = 16, .planar = true, .tile = 16},
                               TiffKind{.compression = COMPRESSION_LZW}}) {
    const std::string file = levels(kind);
    for (std::size_t kept = 4; kept < file.size(); kept += 61)
      expectRefused("", [&] { decode(file.substr(0, kept)); });
  }
}

// Without a check, libtiff would read strips of offset 0 from the first bytes of the file.
TEST(TiffImage, MissingStripOffsetsThrow) {
  std::string file = levels({});
  const std::string oneRow =
      pictures::test::little(257, 2) + pictures::test::little(3, 2) + pictures::test::little(1, 4);
  const std::size_t at = file.find(oneRow + pictures::test::little(height, 2));
  ASSERT_NE(at, std::string::npos);
  file.replace(at + 8, 2, pictures::test::little(40, 2));
  expectRefused("a part of its pixels is missing", [&] { decode(file); });
}

TEST(TiffImage, SizeBeyondTheLimitThrowsBeforeAllocation) {
  const TiffKind kind{.bits = 1, .photometric = black, .samples = 1, .rowsPerStrip = 1000};
  expectRefused("21 x 50", [&] { decode(writeTiff(kind, 21, 50, [](int, int, int) { return 1; })); });
}

}  // namespace
}  // namespace cut::trainer
