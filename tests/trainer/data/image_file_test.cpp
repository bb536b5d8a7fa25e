// SPDX-License-Identifier: MIT
// Every format, depth and number of channels; detection of formats; damaged and misnamed files.
#include "trainer/data/image_file.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "scratch.hpp"
#include "tiff_writer.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;
using test::Scratch;

std::vector<std::uint8_t> bytesOf(const std::string& text) {
  return {text.begin(), text.end()};
}

std::vector<int> pixel(const Picture& picture, int x, int y) {
  const std::uint8_t* at = picture.row(y) + static_cast<std::size_t>(x) * 3;
  return {at[0], at[1], at[2]};
}

class LosslessFormat : public testing::TestWithParam<const char*> {};

TEST_P(LosslessFormat, RoundTripsExactly) {
  const Scratch scratch;
  const Picture picture = test::gradient(11, 6);
  EXPECT_EQ(readImage(scratch.writeImage(std::string("image.") + GetParam(), picture)), picture);
}

TEST_P(LosslessFormat, TruncatedThrowsWithItsName) {
  const Scratch scratch;
  const std::string name = std::string("image.") + GetParam();
  const std::string bytes = test::bytesOf(scratch.writeImage(name, test::gradient(40, 40)));
  for (const std::size_t kept : {bytes.size() / 2, std::size_t{20}, std::size_t{3}}) {
    scratch.writeBytes(name, bytes.substr(0, kept));
    test::expectError(ErrorKind::wrongFile, {name}, [&] { readImage(scratch.path(name)); });
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, LosslessFormat, testing::Values("png", "PNG", "ppm", "bmp", "tif", "tiff"),
                         [](const auto& which) {
                           const std::string suffix = which.param;
                           return suffix == "PNG" ? "upper_png" : suffix;
                         });

class LossyFormat : public testing::TestWithParam<const char*> {};

TEST_P(LossyFormat, RoundTripsClosely) {
  const Scratch scratch;
  const Picture picture = readImage(scratch.writeFlat(std::string("image.") + GetParam(), 130, 18, 10));
  ASSERT_EQ(picture.width, 18);
  ASSERT_EQ(picture.height, 10);
  for (const int value : picture.pixels) EXPECT_NEAR(value, 130, 2);
}

TEST_P(LossyFormat, TruncatedThrowsWithItsName) {
  const Scratch scratch;
  const std::string name = std::string("image.") + GetParam();
  const std::string bytes = test::bytesOf(scratch.writeImage(name, test::gradient(64, 64)));
  for (const std::size_t kept : {bytes.size() - 2, bytes.size() / 2, bytes.size() / 8}) {
    scratch.writeBytes(name, bytes.substr(0, kept));
    test::expectError(ErrorKind::wrongFile, {name}, [&] { readImage(scratch.path(name)); });
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, LossyFormat, testing::Values("jpg", "jpeg", "JPG", "webp"),
                         [](const auto& which) {
                           const std::string suffix = which.param;
                           return suffix == "JPG" ? "upper_jpg" : suffix;
                         });

class DeepFormat : public testing::TestWithParam<const char*> {};

TEST_P(DeepFormat, SixteenBitsAreRoundedToEight) {
  const Scratch scratch;
  cv::Mat image(1, 4, CV_16UC3);
  const int values[] = {0, 65535, 32768, 257 * 77 + 128};
  for (int x = 0; x < 4; ++x) image.at<cv::Vec3w>(0, x) = cv::Vec3w::all(static_cast<ushort>(values[x]));
  const fs::path file = scratch.path(std::string("deep.") + GetParam());
  ASSERT_TRUE(cv::imwrite(file.string(), image));
  const Picture picture = readImage(file);
  const int expected[] = {0, 255, 128, 77};
  for (int x = 0; x < 4; ++x) EXPECT_EQ(pixel(picture, x, 0), std::vector<int>(3, expected[x])) << x;
}

INSTANTIATE_TEST_SUITE_P(Formats, DeepFormat, testing::Values("png", "tiff", "ppm"));

TEST(ImageFile, GreyBecomesThreeEqualChannels) {
  const Scratch scratch;
  const cv::Mat image(3, 5, CV_8UC1, cv::Scalar(90));
  for (const char* name : {"grey.png", "grey.bmp", "grey.tif"}) {
    const fs::path file = scratch.path(name);
    ASSERT_TRUE(cv::imwrite(file.string(), image));
    EXPECT_EQ(pixel(readImage(file), 4, 2), std::vector<int>(3, 90)) << name;
  }
}

TEST(ImageFile, SixteenBitGreyIsScaled) {
  const Scratch scratch;
  const fs::path file = scratch.path("grey.png");
  ASSERT_TRUE(cv::imwrite(file.string(), cv::Mat(2, 2, CV_16UC1, cv::Scalar(257 * 200))));
  EXPECT_EQ(pixel(readImage(file), 1, 1), std::vector<int>(3, 200));
}

TEST(ImageFile, AlphaIsDroppedAndTheColoursBeneathAreKept) {
  const Scratch scratch;
  cv::Mat image(1, 3, CV_8UC4);
  for (int x = 0; x < 3; ++x) image.at<cv::Vec4b>(0, x) = {10, 20, 230, static_cast<uchar>(x * 127)};
  for (const char* name : {"alpha.png", "alpha.bmp"}) {
    const fs::path file = scratch.path(name);
    ASSERT_TRUE(cv::imwrite(file.string(), image));
    for (int x = 0; x < 3; ++x)
      EXPECT_EQ(pixel(readImage(file), x, 0), (std::vector<int>{230, 20, 10})) << name << x;
  }
}

// The left third is red, the rest is green.
Picture redAndGreen() {
  Picture picture(24, 8, 3);
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 24; ++x) picture.row(y)[3 * x + (x < 8 ? 0 : 1)] = 200;
  return picture;
}

TEST(ImageFile, ExifOrientationIsIgnoredUnlessItIsAskedFor) {
  const Scratch scratch;
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const fs::path file = scratch.writeTurned("turned.jpg", redAndGreen(), orientation);
    const Picture stored = readImage(file);
    EXPECT_EQ(stored.width, 24);
    EXPECT_EQ(stored.height, 8);
    EXPECT_EQ(readImage(file, ExifOrientation::applied), oriented(stored, orientation)) << orientation;
  }
}

// The side where a viewer shows the left edge of the stored image.
TEST(ImageFile, ExifOrientationTurnsAsViewersDo) {
  const Scratch scratch;
  const auto isRed = [](const Picture& picture, int x, int y) { return pixel(picture, x, y)[0] > 100; };
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Picture picture =
        readImage(scratch.writeTurned("turned.jpg", redAndGreen(), orientation), ExifOrientation::applied);
    const bool upright = orientation <= 4;
    ASSERT_EQ(picture.width, upright ? 24 : 8) << orientation;
    const bool atStart = orientation == 1 || orientation == 4 || orientation == 5 || orientation == 6;
    EXPECT_EQ(isRed(picture, 1, 1), atStart) << orientation;
    EXPECT_EQ(isRed(picture, picture.width - 2, picture.height - 2), !atStart) << orientation;
  }
}

TEST(ImageFile, OrientationOfATiffAlwaysCounts) {
  const Scratch scratch;
  const fs::path file = scratch.writeBytes(
      "turned.tif", test::writeTiff({.orientation = 6}, 6, 4, [](int x, int y, int) { return 10 * x + y; }));
  const Picture picture = readImage(file);
  ASSERT_EQ(picture.width, 4);
  ASSERT_EQ(picture.height, 6);
  EXPECT_EQ(pixel(picture, 3, 2), std::vector<int>(3, 20));  // the upper row is the right column
  EXPECT_EQ(readImage(file, ExifOrientation::applied), picture);
}

TEST(ImageFile, UnsupportedFormatThrowsWithItsName) {
  const Scratch scratch;
  using namespace std::string_literals;
  for (const auto& [name, bytes] :
       {std::pair("AVIF",
                  "\0\0\0\x20"
                  "ftypavif\0\0\0\0"s),
        std::pair("HEIC",
                  "\0\0\0\x18"
                  "ftypheic\0\0\0\0"s),
        std::pair("JPEG XL", "\xff\x0a\xfa\x7f"s), std::pair("JPEG 2000", "\0\0\0\x0cjP  \r\n\x87\n"s)})
    test::expectError(ErrorKind::wrongFile, {"a.png: ", name, "convert it to PNG"},
                      [&, &file = bytes] { readImage(scratch.writeBytes("a.png", file)); });
  test::expectError(ErrorKind::wrongFile, {"._a.png: ", "macOS"},
                    [&] { readImage(scratch.writeBytes("._a.png", "\0\5\x16\7\0\2\0\0Mac OS X"s)); });
}

TEST(ImageFile, ContentDecidesWhereTheSuffixIsWrong) {
  const Scratch scratch;
  const Picture picture = test::gradient(5, 5);
  const std::string png = test::bytesOf(scratch.writeImage("right.png", picture));
  EXPECT_EQ(readImage(scratch.writeBytes("wrong.jpg", png)), picture);
}

TEST(ImageFile, NonImageThrows) {
  const Scratch scratch;
  test::expectError(ErrorKind::wrongFile, {"text.png", "none of them"},
                    [&] { readImage(scratch.writeBytes("text.png", "not an image at all")); });
  test::expectError(ErrorKind::wrongFile, {"empty.png", "empty"},
                    [&] { readImage(scratch.writeBytes("empty.png", "")); });
  test::expectError(ErrorKind::notFound, {"absent.png"}, [&] { readImage(scratch.path("absent.png")); });
  fs::create_directory(scratch.path("folder.png"));
  test::expectError(ErrorKind::io, {"folder.png"}, [&] { readImage(scratch.path("folder.png")); });
}

TEST(ImageFile, DamagedDataThrows) {
  const Scratch scratch;
  std::string bytes = test::bytesOf(scratch.writeImage("image.png", test::gradient(64, 64)));
  for (std::size_t i = bytes.size() / 3; i < bytes.size() / 2; ++i)
    bytes[i] = static_cast<char>(bytes[i] ^ 0x5a);
  scratch.writeBytes("image.png", bytes);
  test::expectError(ErrorKind::wrongFile, {"image.png", "damaged"},
                    [&] { readImage(scratch.path("image.png")); });
}

// The size in the header is checked before allocation.
TEST(ImageFile, SizeBeyondTheLimitThrowsBeforeDecoding) {
  const Scratch scratch;
  test::expectError(ErrorKind::wrongFile, {"large.ppm", "65536 x 65536"},
                    [&] { readImage(scratch.writeBytes("large.ppm", "P6 65536 65536 255\n")); });
}

TEST(ImageFormat, FormatIsDetectedByTheFirstBytes) {
  EXPECT_EQ(imageFormat(bytesOf("\xff\xd8\xff\xe0"s)), ImageFormat::jpeg);
  EXPECT_EQ(imageFormat(bytesOf("\x89PNG\r\n\x1a\n"s)), ImageFormat::png);
  EXPECT_EQ(imageFormat(bytesOf("RIFF\0\0\0\0WEBPVP8 "s)), ImageFormat::webp);
  for (const std::string& mark : {"II*\0"s, "MM\0*"s, "II+\0"s, "MM\0+"s})
    EXPECT_EQ(imageFormat(bytesOf(mark)), ImageFormat::tiff);
  EXPECT_EQ(imageFormat(bytesOf("GIF87a"s)), ImageFormat::gif);
  EXPECT_EQ(imageFormat(bytesOf("GIF89a"s)), ImageFormat::gif);
  EXPECT_EQ(imageFormat(bytesOf("BM\0\0"s)), ImageFormat::bmp);
  for (const std::string& kind : {"P1\n"s, "P4\n"s, "P6\n"s, "P7\n"s})
    EXPECT_EQ(imageFormat(bytesOf(kind)), ImageFormat::pnm);
  for (const std::string& text : {""s, "P"s, "P8 1 1"s, "RIFF\0\0\0\0AVI "s, "\xff\xd8"s, "GIF88a"s})
    EXPECT_FALSE(imageFormat(bytesOf(text))) << text;
}

TEST(ImageFormat, UnsupportedFormatIsNamedByContent) {
  EXPECT_EQ(unsupportedImageFormat(bytesOf("\0\0\0\x20"
                                           "ftypavif\0\0\0\0"s)),
            "AVIF");
  EXPECT_EQ(unsupportedImageFormat(bytesOf("\0\0\0\x18"
                                           "ftypheic\0\0\0\0"s)),
            "HEIC");
  EXPECT_EQ(unsupportedImageFormat(bytesOf("\0\0\0\x18"
                                           "ftypmif1\0\0\0\0"s)),
            "HEIF");
  EXPECT_EQ(unsupportedImageFormat(bytesOf("\xff\x0a\xfa\x7f"s)), "JPEG XL");
  EXPECT_EQ(unsupportedImageFormat(bytesOf("\0\0\0\x0cJXL \r\n\x87\n"s)), "JPEG XL");
  EXPECT_EQ(unsupportedImageFormat(bytesOf("\0\0\0\x0cjP  \r\n\x87\n"s)), "JPEG 2000");
  EXPECT_EQ(unsupportedImageFormat(bytesOf("PF\n4 4\n-1.0\n"s)), "PFM");
  EXPECT_EQ(unsupportedImageFormat(bytesOf("\0\0\0\x18"
                                           "ftypmp42\0\0\0\0"s)),
            "");
  EXPECT_EQ(unsupportedImageFormat(bytesOf(""s)), "");
}

TEST(ImageFormat, UnsupportedFormatIsNamedBySuffix) {
  using Path = std::filesystem::path;
  EXPECT_EQ(unsupportedImageFormat(Path("a/b.AVIF")), "AVIF");
  EXPECT_EQ(unsupportedImageFormat(Path("IMG_0001.HEIC")), "HEIC");
  EXPECT_EQ(unsupportedImageFormat(Path("a.jxl")), "JPEG XL");
  EXPECT_EQ(unsupportedImageFormat(Path("a.cr2")), "camera raw");
  for (const char* name : {"a.png", "a.txt", "avif", ".avif"})
    EXPECT_EQ(unsupportedImageFormat(Path(name)), "") << name;
}

TEST(ImageFormat, SupportedSuffixesAreCaseInsensitive) {
  for (const char* name : {"a.jpg", "a.JPEG", "a.jfif", "a.Png", "a.webp", "a.tif", "a.TIFF", "a.gif",
                           "a.bmp", "a.ppm", "a.pgm", "a.pbm", "a.pam"})
    EXPECT_TRUE(isImageName(name)) << name;
  for (const char* name : {"a.txt", "png", "a.png.part", "a.avif", "a.mp4"})
    EXPECT_FALSE(isImageName(name)) << name;
}

}  // namespace
}  // namespace cut::trainer
