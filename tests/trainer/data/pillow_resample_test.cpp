// SPDX-License-Identifier: MIT
// Properties of resizing; equality with Pillow is in the golden test.
#include "trainer/data/pillow_resample.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "scratch.hpp"

namespace cut::trainer {
namespace {

TEST(Resample, SameSizeIsTheIdentity) {
  const Picture picture = test::gradient(7, 5);
  EXPECT_EQ(resized(picture, 7, 5, Resampling::bicubic), picture);
}

TEST(Resample, ConstantImageStaysConstant) {
  Picture picture(13, 9, 3);
  std::fill(picture.pixels.begin(), picture.pixels.end(), std::uint8_t{201});
  for (const Resampling method : {Resampling::bilinear, Resampling::bicubic})
    for (const auto& [width, height] : {std::pair{1, 1}, {40, 3}, {13, 100}, {5, 9}}) {
      const Picture result = resized(picture, width, height, method);
      EXPECT_EQ(result.width, width);
      EXPECT_EQ(result.height, height);
      EXPECT_TRUE(std::all_of(result.pixels.begin(), result.pixels.end(), [](int x) { return x == 201; }));
    }
}

// One channel and three channels have separate loops.
TEST(Resample, OneChannelEqualsEachOfThree) {
  const Picture grey = test::gradient(31, 17, 1);
  Picture colour(31, 17, 3);
  for (std::size_t i = 0; i < grey.pixels.size(); ++i)
    std::fill_n(colour.pixels.begin() + static_cast<std::ptrdiff_t>(3 * i), 3, grey.pixels[i]);
  const Picture one = resized(grey, 12, 40, Resampling::bicubic);
  const Picture three = resized(colour, 12, 40, Resampling::bicubic);
  for (std::size_t i = 0; i < one.pixels.size(); ++i) ASSERT_EQ(one.pixels[i], three.pixels[3 * i + 2]);
}

TEST(Resample, DownscalingAverages) {
  Picture stripes(64, 1, 1);
  for (int x = 0; x < 64; ++x) stripes.pixels[x] = x % 2 == 0 ? 0 : 255;
  const Picture result = resized(stripes, 4, 1, Resampling::bicubic);
  for (const int value : result.pixels)
    EXPECT_NEAR(value, 128, 4);  // at a border half of the kernel is missing
}

TEST(Resample, InvalidSizesThrow) {
  const Picture picture = test::gradient(4, 4);
  test::expectError(ErrorKind::invalidArgument, {"0 x 4"},
                    [&] { resized(picture, 0, 4, Resampling::bicubic); });
  test::expectError(ErrorKind::wrongFile, {"pixels"},
                    [&] { resized(picture, 1 << 30, 4, Resampling::bicubic); });
}

// The intermediate image of a thin image would have 100,000 x 1,000,000 pixels.
TEST(Resample, IntermediateSizeIsBounded) {
  const Picture thin = test::gradient(1, 1000000, 1);
  test::expectError(ErrorKind::wrongFile, {"pixels"}, [&] { resized(thin, 100000, 1, Resampling::bicubic); });
}

TEST(Picture, LumaIsPillowsFixedPoint) {
  Picture picture(3, 1, 3);
  picture.pixels = {255, 0, 0, 0, 255, 0, 10, 200, 30};
  EXPECT_EQ(toLuma(picture).pixels, (std::vector<std::uint8_t>{76, 150, 124}));
}

TEST(Picture, PlanesRunFromMinusOneToOneInRgb) {
  Picture picture(2, 1, 3);
  picture.pixels = {0, 255, 51, 255, 0, 204};
  const Planes planes = toPlanes(picture);
  EXPECT_EQ(planes.channels, 3);
  EXPECT_EQ(planes.width, 2);
  const float expected[] = {-1.0F, 1.0F, 1.0F, -1.0F, -0.6F, 0.6F};
  ASSERT_EQ(planes.values.size(), 6U);
  for (int i = 0; i < 6; ++i) EXPECT_NEAR(planes.values[i], expected[i], 1e-6);
}

TEST(Picture, MirroringTwiceChangesNothing) {
  const Picture picture = test::gradient(5, 3);
  EXPECT_NE(mirrored(picture), picture);
  EXPECT_EQ(mirrored(mirrored(picture)), picture);
  EXPECT_EQ(cropped(mirrored(picture), 0, 1, 1, 1), cropped(picture, 4, 1, 1, 1));
}

}  // namespace
}  // namespace cut::trainer
