// SPDX-License-Identifier: MIT
// JPEG: the same pixels as Pillow's, and files that must be refused.
#include "pictures/jpeg_image.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

// It needs <cstdio> before it.
#include <jpeglib.h>

#include "crafted.hpp"
#include "jpeg_samples.hpp"

namespace cut::pictures {
namespace {

using namespace std::string_literals;

constexpr std::int64_t maxPixels = 1000;

RgbImage decode(const std::string& file) {
  return decodeJpeg(test::bytesOf(file), maxPixels);
}

std::string unhex(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  return bytes;
}

std::string sample(const std::string& name) {
  for (const test::Sample& one : test::jpegSamples)
    if (name == one.name) return unhex(one.file);
  return {};
}

std::uint32_t fnv1a(const std::vector<std::uint8_t>& bytes) {
  std::uint32_t hash = 0x811c9dc5;
  for (const std::uint8_t byte : bytes) hash = (hash ^ byte) * 0x01000193;
  return hash;
}

// An image of one colour, 16 x 8, given in `space` and stored in `stored`.
std::string flat(J_COLOR_SPACE space, J_COLOR_SPACE stored, std::vector<JSAMPLE> pixel) {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* data = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &data, &size);
  jpeg.image_width = 16;
  jpeg.image_height = 8;
  jpeg.input_components = static_cast<int>(pixel.size());
  jpeg.in_color_space = space;
  jpeg_set_defaults(&jpeg);
  jpeg_set_colorspace(&jpeg, stored);
  jpeg_set_quality(&jpeg, 100, TRUE);
  jpeg_start_compress(&jpeg, TRUE);
  std::vector<JSAMPLE> line;
  for (int x = 0; x < 16; ++x) line.insert(line.end(), pixel.begin(), pixel.end());
  JSAMPROW row = line.data();
  for (int y = 0; y < 8; ++y) jpeg_write_scanlines(&jpeg, &row, 1);
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  std::string file(reinterpret_cast<char*>(data), size);
  std::free(data);
  return file;
}

void expectFlat(const RgbImage& image, int red, int green, int blue) {
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      const auto pixel = test::pixel(image, x, y);
      EXPECT_NEAR(pixel[0], red, 2);
      EXPECT_NEAR(pixel[1], green, 2);
      EXPECT_NEAR(pixel[2], blue, 2);
    }
}

// Inserts a segment behind the first marker.
std::string with(const std::string& file, int marker, const std::string& data) {
  return file.substr(0, 2) + "\xff" + static_cast<char>(marker) + test::big(data.size() + 2, 2) + data +
         file.substr(2);
}

class JpegSamples : public testing::TestWithParam<test::Sample> {};

TEST_P(JpegSamples, DecodeToThePixelsOfPillow) {
  const RgbImage image = decode(unhex(GetParam().file));
  EXPECT_EQ(image.width, 17);
  EXPECT_EQ(image.height, 13);
  EXPECT_EQ(fnv1a(image.pixels), GetParam().pixels);
}

INSTANTIATE_TEST_SUITE_P(All, JpegSamples, testing::ValuesIn(test::jpegSamples),
                         [](const auto& which) { return std::string(which.param.name); });

// Adobe stores inverted CMYK: 255 means no ink.
TEST(JpegImage, ConvertsInvertedCmykToRgb) {
  expectFlat(decode(flat(JCS_CMYK, JCS_CMYK, {205, 155, 105, 255})), 205, 155, 105);
  expectFlat(decode(flat(JCS_CMYK, JCS_YCCK, {205, 155, 105, 255})), 205, 155, 105);
  expectFlat(decode(flat(JCS_CMYK, JCS_YCCK, {255, 255, 255, 0})), 0, 0, 0);
}

TEST(JpegImage, ReadsStoredRgb) {
  expectFlat(decode(flat(JCS_RGB, JCS_RGB, {200, 30, 30})), 200, 30, 30);
}

TEST(JpegImage, ReadsTheExifOrientation) {
  const std::string plain = sample("chroma420");
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string exif = "Exif\0\0"s + test::exif(orientation, orientation % 2 != 0);
    EXPECT_EQ(decode(with(with(plain, 0xe1, exif), 0xe1, "http://ns.adobe.com/xap/1.0/\0<x/>"s)).orientation,
              orientation);
  }
  EXPECT_EQ(decode(plain).orientation, 1);
  EXPECT_EQ(decode(with(plain, 0xe1, "Exif\0\0"s + test::exif(9, true))).orientation, 1);
  EXPECT_EQ(decode(with(plain, 0xe1, "Exif\0\0"s + test::exif(6, true).substr(0, 20))).orientation, 1);
}

TEST(JpegImage, IgnoresHarmlessBytesSilently) {
  const std::string plain = sample("chroma420");
  const std::string loose = plain.substr(0, 2) + std::string("\0\0\0", 3) + plain.substr(2) + "more"s;
  testing::internal::CaptureStderr();
  EXPECT_EQ(decode(loose).pixels, decode(plain).pixels);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(JpegImage, RefusesTruncationSilently) {
  testing::internal::CaptureStderr();
  for (const test::Sample& one : test::jpegSamples) {
    const std::string file = unhex(one.file);
    for (std::size_t kept = 2; kept < file.size() - 1; kept += 5)
      test::expectRefused("", [&] { decode(file.substr(0, kept)); });
    test::expectRefused("cut short", [&] { decode(file.substr(0, file.size() - 2)); });
    test::expectRefused("cut short", [&] { decode(file.substr(0, file.size() - 20)); });
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(JpegImage, RefusesDamagedDataSilently) {
  std::string file = sample("chroma420");
  file.replace(file.size() - 30, 12, std::string(12, '\xfe'));
  testing::internal::CaptureStderr();
  test::expectRefused("damaged", [&] { decode(file); });
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(JpegImage, RefusesTwelveBitAndLossless) {
  std::string file = sample("chroma420");
  const std::size_t frame = file.find("\xff\xc0"s);
  file[frame + 4] = 12;
  test::expectRefused("precision", [&] { decode(file); });
  file[frame + 4] = 8;
  file[frame + 1] = '\xc3';
  test::expectRefused("SOF", [&] { decode(file); });
}

TEST(JpegImage, RefusesTooManyPixelsBeforeDecoding) {
  std::string file = sample("chroma420");
  file.replace(file.find("\xff\xc0"s) + 5, 4, test::big(40000, 2) + test::big(50000, 2));
  test::expectRefused("50000 x 40000", [&] { decode(file); });
}

// Each scan takes the time of the whole image: a small file could keep a processor busy for hours.
TEST(JpegImage, RefusesThousandsOfScans) {
  const std::string file = sample("progressive");
  const std::size_t scan = file.rfind("\xff\xda"s);
  std::string many = file.substr(0, file.size() - 2);
  for (int i = 0; i < 2000; ++i) many += file.substr(scan, file.size() - 2 - scan);
  test::expectRefused("500 scans", [&] { decode(many + "\xff\xd9"); });
}

}  // namespace
}  // namespace cut::pictures
