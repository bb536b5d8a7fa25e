// SPDX-License-Identifier: MIT
#include "kernels/image/pixels.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace cut::cpu {
namespace {

TEST(PaddedSize, PaddedSizeIsAMultipleAndAtLeastEight) {
  EXPECT_EQ(paddedSize({256, 256}, 4), (Size{256, 256}));
  EXPECT_EQ(paddedSize({1, 9}, 4), (Size{8, 12}));
  EXPECT_EQ(paddedSize({641, 359}, 4), (Size{644, 360}));
}

TEST(Pixels, UnpackThenPackRestoresPixelsInEveryLayout) {
  const PixelLayout layouts[] = {{3, 3, {0, 1, 2}, -1},
                                 {3, 3, {2, 1, 0}, -1},
                                 {3, 4, {1, 2, 3}, 0},
                                 {3, 4, {2, 1, 0}, 3},
                                 {1, 1, {0, 0, 0}, -1}};
  const int width = 7, height = 5;
  for (const PixelLayout& layout : layouts) {
    const std::ptrdiff_t stride = width * layout.pixelStride + 5;
    std::vector<std::uint8_t> in(static_cast<std::size_t>(stride) * height);
    for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<std::uint8_t>(37 * i + 11);
    std::vector<std::uint8_t> out(in.size(), 0xee);
    const ImageView from{in.data(), stride, width, height, layout};
    const Size padded = paddedSize({width, height}, 4);
    std::vector<float> floats(static_cast<std::size_t>(padded.width * padded.height * layout.channels));
    const MutableFloatImage image{floats.data(), 1, padded.width * layout.channels, layout.channels};
    unpack(from, image, padded);
    pack({floats.data(), 1, image.rowStride, image.pixelStride}, from,
         {out.data(), stride, width, height, layout});
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width * layout.pixelStride; ++x)
        ASSERT_EQ(out[static_cast<std::size_t>(y * stride + x)],
                  in[static_cast<std::size_t>(y * stride + x)]);
    EXPECT_EQ(out[static_cast<std::size_t>(width * layout.pixelStride)], 0xee)
        << "padding bytes are not touched";
  }
}

TEST(Pixels, ReflectPaddingRepeatsWherePaddingIsWiderThanImage) {
  std::vector<float> line{1, 2, 3};
  std::vector<float> padded(64);
  padPlanes(line, 1, {3, 1}, {padded.data(), 64, 8, 1}, {8, 8});
  const float expected[] = {1, 2, 3, 2, 1, 2, 3, 2};
  for (std::size_t y = 0; y < 8; ++y)
    for (std::size_t x = 0; x < 8; ++x) EXPECT_EQ(padded[y * 8 + x], expected[x]);
}

TEST(Pixels, NanIsDetectedInsideTheCroppedImageOnly) {
  std::vector<float> values(2 * 3 * 4, 0.5F);  // 2 channels of 3 rows of 4, one column of padding
  const FloatImage image{values.data(), 12, 4, 1};
  const float nan = std::numeric_limits<float>::quiet_NaN();
  values[3] = nan;
  EXPECT_TRUE(holdsNumbers(image, 2, {3, 3})) << "padding";
  values[12 + 2 * 4 + 2] = nan;
  EXPECT_FALSE(holdsNumbers(image, 2, {3, 3}));
  EXPECT_TRUE(holdsNumbers(image, 1, {3, 3}));
}

TEST(Pixels, PackClampsRoundsAndMapsNanToBlack) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> values{-2, -1, 0, 1, 2, nan, -INFINITY, INFINITY, 1.0F / 127.5F};
  std::vector<std::uint8_t> out(values.size());
  const PixelLayout grey{1, 1, {0, 0, 0}, -1};
  const int width = static_cast<int>(values.size());
  pack({values.data(), 0, width, 1}, {}, {out.data(), width, width, 1, grey});
  EXPECT_EQ(out, (std::vector<std::uint8_t>{0, 0, 128, 255, 255, 0, 0, 255, 129}));
}

}  // namespace
}  // namespace cut::cpu
