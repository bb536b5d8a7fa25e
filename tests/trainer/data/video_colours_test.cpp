// SPDX-License-Identifier: MIT
// Compared with the equations of ITU-R BT.601, BT.709 and BT.2020 in double precision.
#include "trainer/data/video_colours.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <random>

#include "scratch.hpp"
#include "trainer/data/video_index.hpp"
#include "trainer/data/video_reader.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;
using test::Scratch;

struct Kind {
  const char* format;  // planar YUV
  int depth;
  int across;  // luma samples that share one of chroma
  int down;
  const char* matrix;
  double red;  // luma's coefficients
  double blue;
  bool full;
};

struct Plane {
  int width = 0;
  int height = 0;
  std::vector<int> samples;

  // Linear interpolation between samples, clamped at the border.
  double at(double x, double y) const {
    const auto sample = [&](double column, double row) {
      const int i = std::clamp(static_cast<int>(column), 0, width - 1);
      const int j = std::clamp(static_cast<int>(row), 0, height - 1);
      return static_cast<double>(samples[static_cast<std::size_t>(j) * width + i]);
    };
    const double x0 = std::floor(x);
    const double y0 = std::floor(y);
    const double top = sample(x0, y0) * (1 - (x - x0)) + sample(x0 + 1, y0) * (x - x0);
    const double bottom = sample(x0, y0 + 1) * (1 - (x - x0)) + sample(x0 + 1, y0 + 1) * (x - x0);
    return top * (1 - (y - y0)) + bottom * (y - y0);
  }
};

Plane randomPlane(int width, int height, int low, int high, std::mt19937& random) {
  Plane plane{width, height, std::vector<int>(static_cast<std::size_t>(width) * height)};
  for (int& sample : plane.samples) sample = std::uniform_int_distribution<int>(low, high)(random);
  return plane;
}

std::string bytesOf(const std::vector<Plane>& planes, int depth) {
  std::string bytes;
  for (const Plane& plane : planes)
    for (const int sample : plane.samples) {
      bytes += static_cast<char>(sample & 255);
      if (depth > 8) bytes += static_cast<char>(sample >> 8);
    }
  return bytes;
}

struct Rgb {
  double red, green, blue;
};

// Y, U and V of the depth and range to 0..255.
Rgb toRgb(double y, double u, double v, const Kind& kind) {
  const double unit = std::pow(2, kind.depth - 8);
  const double whole = std::pow(2, kind.depth) - 1;
  const double luma = kind.full ? y / whole : (y - 16 * unit) / (219 * unit);
  const double blueness = (u - 128 * unit) / (kind.full ? whole : 224 * unit);
  const double redness = (v - 128 * unit) / (kind.full ? whole : 224 * unit);
  const double red = luma + 2 * (1 - kind.red) * redness;
  const double blue = luma + 2 * (1 - kind.blue) * blueness;
  const double green = (luma - kind.red * red - kind.blue * blue) / (1 - kind.red - kind.blue);
  const auto level = [](double value) { return 255 * std::clamp(value, 0.0, 1.0); };
  return {level(red), level(green), level(blue)};
}

std::string rawInput(const Kind& kind, int width, int height) {
  return std::string("-f rawvideo -framerate 5 -pixel_format ") + kind.format + " -video_size " +
         std::to_string(width) + "x" + std::to_string(height) + " -i in.raw -color_range " +
         (kind.full ? "pc" : "tv") + " -colorspace " + kind.matrix;
}

Picture firstFrame(const fs::path& file) {
  VideoReader reader;
  return reader.read(*indexVideo(file), 0);
}

// The largest difference between the picture and the standard, in levels.
double largestError(const Picture& picture, const std::vector<Plane>& planes, const Kind& kind, double siteX,
                    double siteY) {
  double largest = 0;
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x) {
      const double cx = (x - siteX * (kind.across - 1)) / kind.across;
      const double cy = (y - siteY * (kind.down - 1)) / kind.down;
      const Rgb rgb = toRgb(planes[0].at(x, y), planes[1].at(cx, cy), planes[2].at(cx, cy), kind);
      const std::uint8_t* pixel = picture.row(y) + static_cast<std::size_t>(x) * 3;
      for (const double error : {pixel[0] - rgb.red, pixel[1] - rgb.green, pixel[2] - rgb.blue})
        largest = std::max(largest, std::abs(error));
    }
  return largest;
}

std::vector<Plane> randomPlanes(const Kind& kind, int width, int height) {
  std::mt19937 random(7);
  const int unit = 1 << (kind.depth - 8);
  const int low = kind.full ? 0 : 16 * unit;
  const int high = kind.full ? (1 << kind.depth) - 1 : 235 * unit;
  const int columns = (width + kind.across - 1) / kind.across;
  const int rows = (height + kind.down - 1) / kind.down;
  return {randomPlane(width, height, low, high, random), randomPlane(columns, rows, low, high, random),
          randomPlane(columns, rows, low, high, random)};
}

class VideoColours : public testing::TestWithParam<Kind> {};

// Also with odd sizes. Rounding costs half a level.
TEST_P(VideoColours, ConversionMatchesTheStandardToHalfALevel) {
  const Kind& kind = GetParam();
  for (const int width : {34, 33}) {
    const int height = width - 12;
    const Scratch scratch;
    const std::vector<Plane> planes = randomPlanes(kind, width, height);
    scratch.writeBytes("in.raw", bytesOf(planes, kind.depth));
    const fs::path file = scratch.ffmpeg(rawInput(kind, width, height) + " -c:v ffv1", "v.mkv");
    EXPECT_LT(largestError(firstFrame(file), planes, kind, 0, 0.5), 0.51) << width;
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, VideoColours,
                         testing::Values(Kind{"yuv420p", 8, 2, 2, "smpte170m", 0.299, 0.114, false},
                                         Kind{"yuv420p", 8, 2, 2, "bt470bg", 0.299, 0.114, true},
                                         Kind{"yuv420p", 8, 2, 2, "bt709", 0.2126, 0.0722, false},
                                         Kind{"yuv420p", 8, 2, 2, "bt709", 0.2126, 0.0722, true},
                                         Kind{"yuv420p", 8, 2, 2, "bt2020nc", 0.2627, 0.0593, false},
                                         Kind{"yuv422p", 8, 2, 1, "bt709", 0.2126, 0.0722, false},
                                         Kind{"yuv444p", 8, 1, 1, "bt709", 0.2126, 0.0722, false},
                                         Kind{"yuv444p", 8, 1, 1, "smpte240m", 0.212, 0.087, false},
                                         Kind{"yuv411p", 8, 4, 1, "smpte170m", 0.299, 0.114, false},
                                         Kind{"yuv420p10le", 10, 2, 2, "bt709", 0.2126, 0.0722, false},
                                         Kind{"yuv420p10le", 10, 2, 2, "bt2020nc", 0.2627, 0.0593, true},
                                         Kind{"yuv422p10le", 10, 2, 1, "bt709", 0.2126, 0.0722, false},
                                         Kind{"yuv444p12le", 12, 1, 1, "bt2020nc", 0.2627, 0.0593, false}),
                         [](const auto& kind) {
                           return std::string(kind.param.format) + "_" + kind.param.matrix +
                                  (kind.param.full ? "_full" : "_limited");
                         });

// Decoded frames, with tags in the bitstream.
TEST(VideoColoursOf, ClipOfOneColourRoundTrips) {
  const Kind kinds[] = {{"yuv420p", 8, 2, 2, "bt709", 0.2126, 0.0722, false},
                        {"yuv420p", 8, 2, 2, "smpte170m", 0.299, 0.114, false},
                        {"yuv420p", 8, 2, 2, "bt2020nc", 0.2627, 0.0593, true}};
  for (const Kind& kind : kinds)
    for (const char* name : {"v.mp4", "v.ts", "v.mkv"}) {
      const double luma = kind.red * 200 + (1 - kind.red - kind.blue) * 30 + kind.blue * 30;
      const double gainY = kind.full ? 1 : 219 / 255.0;
      const double gainC = kind.full ? 1 : 224 / 255.0;
      const auto level = [](double value) { return static_cast<int>(std::lround(value)); };
      const Plane y{64, 48, std::vector<int>(64 * 48, level(luma * gainY + (kind.full ? 0 : 16)))};
      const Plane u{32, 24,
                    std::vector<int>(32 * 24, level((30 - luma) / (2 * (1 - kind.blue)) * gainC + 128))};
      const Plane v{32, 24,
                    std::vector<int>(32 * 24, level((200 - luma) / (2 * (1 - kind.red)) * gainC + 128))};
      const Scratch scratch;
      scratch.writeBytes("in.raw", bytesOf({y, u, v}, 8));
      const Picture picture =
          firstFrame(scratch.ffmpeg(rawInput(kind, 64, 48) + " -c:v libx264 -qp 1", name));
      EXPECT_NEAR(picture.pixels[0], 200, 2) << kind.matrix << name;
      EXPECT_NEAR(picture.pixels[1], 30, 2) << kind.matrix << name;
      EXPECT_NEAR(picture.pixels[2], 30, 2) << kind.matrix << name;
    }
}

TEST(VideoColoursOf, UntaggedMatrixIsGuessedByHeight) {
  const Scratch scratch;
  const Kind sd{"yuv420p", 8, 2, 2, "smpte170m", 0.299, 0.114, false};
  const Kind hd{"yuv420p", 8, 2, 2, "bt709", 0.2126, 0.0722, false};
  for (const int height : {576, 720}) {
    const Kind& kind = height == 576 ? sd : hd;
    const std::vector<Plane> planes = randomPlanes(kind, 16, height);
    scratch.writeBytes("in.raw", bytesOf(planes, 8));
    const fs::path file = scratch.ffmpeg("-f rawvideo -framerate 5 -pixel_format yuv420p -video_size 16x" +
                                             std::to_string(height) + " -i in.raw -c:v ffv1",
                                         "v.mkv");
    EXPECT_LT(largestError(firstFrame(file), planes, kind, 0, 0.5), 0.51) << height;
  }
}

TEST(VideoColoursOf, MotionJpegHasCentredChromaAndFullRange) {
  const Scratch scratch;
  const Kind kind{"yuvj420p", 8, 2, 2, "bt470bg", 0.299, 0.114, true};
  const Plane y{64, 48, std::vector<int>(64 * 48, 120)};
  Plane u{32, 24, std::vector<int>(32 * 24)};
  for (int i = 0; i < 32 * 24; ++i) u.samples[i] = 100 + 2 * (i % 32);
  const Plane v{32, 24, std::vector<int>(32 * 24, 128)};
  scratch.writeBytes("in.raw", bytesOf({y, u, v}, 8));
  const fs::path file = scratch.ffmpeg(
      "-f rawvideo -framerate 5 -pixel_format yuvj420p -video_size 64x48 -i in.raw -c:v mjpeg -q:v 1 -qmin 1",
      "v.avi");
  EXPECT_LT(largestError(firstFrame(file), {y, u, v}, kind, 0.5, 0.5), 4);
}

TEST(VideoColoursOf, RgbGreyAndPalettesAreNotConverted) {
  const Scratch scratch;
  const Picture rgb = test::gradient(34, 22);
  scratch.writeBytes("rgb.raw", std::string(rgb.pixels.begin(), rgb.pixels.end()));
  const std::string input = "-f rawvideo -framerate 5 -pixel_format rgb24 -video_size 34x22 -i rgb.raw ";
  EXPECT_EQ(firstFrame(scratch.ffmpeg(input + "-c:v libx264rgb -qp 0", "x264.mp4")), rgb);
  EXPECT_EQ(firstFrame(scratch.ffmpeg(input + "-c:v ffv1 -pix_fmt bgr0", "packed.mkv")), rgb);
  EXPECT_EQ(firstFrame(scratch.ffmpeg(input + "-c:v png", "png.mov")), rgb);
  // ffmpeg converts 8 bits to 10 by a shift: 255 becomes 1020 of 1023.
  const Picture deep = firstFrame(scratch.ffmpeg(input + "-c:v ffv1 -pix_fmt gbrp10le", "deep.mkv"));
  for (std::size_t i = 0; i < rgb.pixels.size(); ++i)
    EXPECT_EQ(deep.pixels[i], std::lround(rgb.pixels[i] * 4 * 255.0 / 1023)) << i;
  Picture grey(34, 22, 3);
  for (std::size_t i = 0; i < grey.pixels.size(); ++i)
    grey.pixels[i] = static_cast<std::uint8_t>(i / 3 % 256);
  scratch.writeBytes("rgb.raw", std::string(grey.pixels.begin(), grey.pixels.end()));
  EXPECT_EQ(firstFrame(scratch.ffmpeg(input + "-c:v ffv1 -pix_fmt gray", "grey.mkv")), grey);
  EXPECT_EQ(firstFrame(scratch.ffmpeg(input + "-c:v png -pix_fmt pal8", "palette.mov")).width, 34);
}

TEST(VideoColoursOf, HdrAndUnsupportedMatricesThrowWithAConversionCommand) {
  const Scratch scratch;
  const auto video = [&](const std::string& tags) {
    return scratch.ffmpeg("-f lavfi -i color=c=gray:s=32x32:d=0.2,format=yuv420p10le -c:v ffv1 " + tags,
                          "v.mkv");
  };
  const std::pair<const char*, const char*> refused[] = {
      {"-color_trc smpte2084 -colorspace bt2020nc", "HDR (PQ)"},
      {"-color_trc arib-std-b67 -colorspace bt2020nc", "HDR (HLG)"},
      {"-color_trc linear", "linear light"},
      {"-colorspace bt2020c", "bt2020c"},
      {"-colorspace ycgco", "ycgco"}};
  for (const auto& each : refused)
    test::expectError(ErrorKind::unsupported, {"v.mkv", each.second, "ffmpeg -i"},
                      [&] { indexVideo(video(each.first)); });
}

// Round trip of flat colours within the precision of 8-bit YUV.
TEST(VideoColoursOf, WrittenVideoHasThePicturesColours) {
  for (const AVColorSpace matrix : {AVCOL_SPC_SMPTE170M, AVCOL_SPC_BT709, AVCOL_SPC_BT2020_NCL})
    for (const bool full : {false, true})
      for (const AVChromaLocation site : {AVCHROMA_LOC_LEFT, AVCHROMA_LOC_CENTER})
        for (const std::array<int, 3>& colour : {std::array{200, 30, 30}, {0, 255, 0}, {12, 34, 250}}) {
          Picture picture(7, 5, 3);
          for (std::size_t i = 0; i < picture.pixels.size(); ++i)
            picture.pixels[i] = static_cast<std::uint8_t>(colour[i % 3]);
          const FramePtr frame = toYuv420(picture, 8, 6, {matrix, full, site});
          const Picture back = toPicture(*frame, "frame");
          ASSERT_EQ(back.width, 8);
          for (std::size_t i = 0; i < back.pixels.size(); ++i) EXPECT_NEAR(back.pixels[i], colour[i % 3], 2);
        }
}

}  // namespace
}  // namespace cut::trainer
