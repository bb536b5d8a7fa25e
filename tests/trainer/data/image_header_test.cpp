// Sizes from the first bytes, and that no byte beyond the end is looked at.
#include "trainer/data/image_header.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "scratch.hpp"

namespace cut::trainer {
namespace {

std::vector<std::uint8_t> bytesOf(const std::string& text) {
  return {text.begin(), text.end()};
}

class Header : public testing::TestWithParam<const char*> {};

TEST_P(Header, SaysTheSizeOfTheImage) {
  const test::Scratch scratch;
  const auto file =
      bytesOf(test::bytesOf(scratch.writeImage(std::string("a.") + GetParam(), test::gradient(37, 21))));
  const auto header = readImageHeader(file);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->width, 37);
  EXPECT_EQ(header->height, 21);
}

// Copies of the exact length: AddressSanitizer sees a byte too many.
TEST_P(Header, OfAnyPieceIsReadWithoutLookingBeyondIt) {
  const test::Scratch scratch;
  const auto file =
      bytesOf(test::bytesOf(scratch.writeImage(std::string("a.") + GetParam(), test::gradient(5, 5))));
  for (std::size_t size = 0; size < file.size(); ++size) {
    const std::vector<std::uint8_t> piece(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
    readImageHeader(piece);
    EXPECT_FALSE(isCompleteJpeg(piece));
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, Header, testing::Values("jpg", "png", "bmp", "ppm", "tiff", "webp"));

using namespace std::string_literals;

TEST(ImageHeader, KnowsTheThreeKindsOfWebp) {
  const std::string riff = "RIFF\x40\0\0\0WEBP"s;
  const auto extended = readImageHeader(bytesOf(riff + "VP8X\x0a\0\0\0\x10\0\0\0\x0f\x27\0\x1f\x4e\0"s));
  ASSERT_TRUE(extended);
  EXPECT_EQ(extended->width, 10000);
  EXPECT_EQ(extended->height, 20000);
  const auto lossless = readImageHeader(bytesOf(riff + "VP8L\x10\0\0\0\x2f\x13\x40\x02\0"s));
  ASSERT_TRUE(lossless);
  EXPECT_EQ(lossless->width, 20);
  EXPECT_EQ(lossless->height, 10);
  const auto lossy = readImageHeader(bytesOf(riff + "VP8 \x20\0\0\0\0\0\0\x9d\x01\x2a\x30\0\x18\0"s));
  ASSERT_TRUE(lossy);
  EXPECT_EQ(lossy->width, 48);
  EXPECT_EQ(lossy->height, 24);
}

TEST(ImageHeader, TakesBitmapsFromTheTopAndOldOnes) {
  const auto topDown =
      readImageHeader(bytesOf("BM"s + std::string(12, '\0') + "\x28\0\0\0\x07\0\0\0\xfb\xff\xff\xff"s));
  ASSERT_TRUE(topDown);
  EXPECT_EQ(topDown->width, 7);
  EXPECT_EQ(topDown->height, 5);
  const auto old = readImageHeader(bytesOf("BM"s + std::string(12, '\0') + "\x0c\0\0\0\x09\0\x04\0"s));
  ASSERT_TRUE(old);
  EXPECT_EQ(old->width, 9);
  EXPECT_EQ(old->height, 4);
}

TEST(ImageHeader, HasNothingToSayOfOtherFiles) {
  for (const std::string& text : {""s, "P"s, "P6"s, "P6 0 4 255\n"s, "P7\nWIDTH 4"s, "GIF89a"s,
                                  "II+\0\x08\0\0\0"s, "\xff\xd8\xff\xd9"s, "RIFF\0\0\0\0WEBPXXXX"s})
    EXPECT_FALSE(readImageHeader(bytesOf(text))) << text;
}

}  // namespace
}  // namespace cut::trainer
