// Formats by content and by name, also those that are not read.
#include "trainer/data/image_format.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "scratch.hpp"

namespace cut::trainer {
namespace {

using namespace std::string_literals;

std::vector<std::uint8_t> bytesOf(const std::string& text) {
  return {text.begin(), text.end()};
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
  EXPECT_EQ(foreignImageFormat(bytesOf("\0\0\0\x20"
                                       "ftypavif\0\0\0\0"s)),
            "AVIF");
  EXPECT_EQ(foreignImageFormat(bytesOf("\0\0\0\x18"
                                       "ftypheic\0\0\0\0"s)),
            "HEIC");
  EXPECT_EQ(foreignImageFormat(bytesOf("\0\0\0\x18"
                                       "ftypmif1\0\0\0\0"s)),
            "HEIF");
  EXPECT_EQ(foreignImageFormat(bytesOf("\xff\x0a\xfa\x7f"s)), "JPEG XL");
  EXPECT_EQ(foreignImageFormat(bytesOf("\0\0\0\x0cJXL \r\n\x87\n"s)), "JPEG XL");
  EXPECT_EQ(foreignImageFormat(bytesOf("\0\0\0\x0cjP  \r\n\x87\n"s)), "JPEG 2000");
  EXPECT_EQ(foreignImageFormat(bytesOf("PF\n4 4\n-1.0\n"s)), "PFM");
  EXPECT_EQ(foreignImageFormat(bytesOf("\0\0\0\x18"
                                       "ftypmp42\0\0\0\0"s)),
            "");
  EXPECT_EQ(foreignImageFormat(bytesOf(""s)), "");
}

TEST(ImageFormat, UnsupportedFormatIsNamedBySuffix) {
  using Path = std::filesystem::path;
  EXPECT_EQ(foreignImageFormat(Path("a/b.AVIF")), "AVIF");
  EXPECT_EQ(foreignImageFormat(Path("IMG_0001.HEIC")), "HEIC");
  EXPECT_EQ(foreignImageFormat(Path("a.jxl")), "JPEG XL");
  EXPECT_EQ(foreignImageFormat(Path("a.cr2")), "camera raw");
  for (const char* name : {"a.png", "a.txt", "avif", ".avif"})
    EXPECT_EQ(foreignImageFormat(Path(name)), "") << name;
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
