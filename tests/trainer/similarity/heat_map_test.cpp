// SPDX-License-Identifier: MIT
// Similarities as colours, and the sheet they are laid out on.
#include "trainer/similarity/heat_map.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "../data/scratch.hpp"
#include "trainer/similarity/sheet.hpp"

namespace cut::trainer {
namespace {

Picture grey(int width, int height, std::uint8_t level) {
  Picture picture(width, height, 3);
  std::fill(picture.pixels.begin(), picture.pixels.end(), level);
  return picture;
}

std::array<int, 3> at(const Picture& picture, int x, int y) {
  return {picture.row(y)[3 * x], picture.row(y)[3 * x + 1], picture.row(y)[3 * x + 2]};
}

TEST(HeatMap, IsTheExponentialOfTheSimilarityOverTheTemperature) {
  const CellValues heat = heatOf({3, 1, {0.9F, 0.2F, -0.5F}}, SimilarityScale::exponential, 0.5);
  EXPECT_FLOAT_EQ(heat.values[0], 1);
  EXPECT_NEAR(heat.values[1], std::exp(0.2 / 0.5) / std::exp(0.9 / 0.5), 1e-6);
  EXPECT_NEAR(heat.values[2], std::exp(-0.5 / 0.5) / std::exp(0.9 / 0.5), 1e-6);
}

TEST(HeatMap, OfCosinesReachesFromTheLeastToTheMost) {
  const CellValues heat = heatOf({3, 1, {0.75F, 0.25F, 0.5F}}, SimilarityScale::cosine, 0.07);
  EXPECT_FLOAT_EQ(heat.values[0], 1);
  EXPECT_FLOAT_EQ(heat.values[1], 0);
  EXPECT_FLOAT_EQ(heat.values[2], 0.5F);
  EXPECT_FLOAT_EQ(heatOf({1, 1, {0.25F}}, SimilarityScale::cosine, 0.07).values[0], 1);
}

// Viridis begins with (68, 1, 84) and ends with (253, 231, 37); a quarter of the picture's grey shows
// through.
TEST(HeatMap, IsViridisOverTheGreyPicture) {
  const Picture result = overlaid(grey(4, 2, 100), {2, 1, {0, 1}}, 4, 2);
  for (int y = 0; y < 2; ++y) {
    const auto cold = at(result, 1, y), hot = at(result, 2, y);
    const int expectedCold[] = {51 + 25, 1 + 25, 63 + 25}, expectedHot[] = {190 + 25, 173 + 25, 28 + 25};
    for (int c = 0; c < 3; ++c) {
      EXPECT_NEAR(cold[c], expectedCold[c], 2);
      EXPECT_NEAR(hot[c], expectedHot[c], 2);
    }
  }
}

TEST(HeatMap, SingleHotCellStaysVisibleInASmallPicture) {
  CellValues heat{64, 64, std::vector<float>(64 * 64, 0)};
  heat.values[64 * 37 + 21] = 1;
  const Picture result = overlaid(grey(8, 8, 100), heat, 8, 8);
  const auto hot = at(result, 2, 4);
  EXPECT_GT(hot[0], 200);
  int hotPixels = 0;
  for (int i = 0; i < 64; ++i) hotPixels += at(result, i % 8, i / 8) == hot;
  EXPECT_EQ(hotPixels, 1);
}

// The cells cover what the generator was given, which is padded at the right and below.
TEST(HeatMap, CellsBeyondThePictureAreNotShown) {
  const Picture result = overlaid(grey(6, 6, 100), {2, 2, {0, 1, 1, 1}}, 8, 8);
  EXPECT_EQ(at(result, 3, 3), at(result, 0, 0));
  EXPECT_NE(at(result, 4, 3), at(result, 0, 0));
}

TEST(HeatMap, MarkIsBlackAndWhiteRoundThePoint) {
  Picture picture = grey(64, 64, 128);
  markPoint(picture, 20, 30);
  int black = 0, white = 0;
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x) {
      const int level = at(picture, x, y)[0];
      if (level == 128) continue;
      EXPECT_LT(std::hypot(x - 20, y - 30), 10);
      EXPECT_GT(std::hypot(x - 20, y - 30), 2);  // the place itself stays as it is
      black += level < 64;
      white += level > 192;
    }
  EXPECT_GT(black, 8);
  EXPECT_GT(white, 8);
}

TEST(Sheet, HasItsCellsInRowsWithWordsAboveAndBelow) {
  const std::vector<SheetRow> rows{{{grey(32, 20, 10), "a", ""}, {grey(32, 20, 20), "b", "c"}},
                                   {{grey(32, 24, 30), "", ""}}};
  const Picture sheet = drawSheet(rows);
  EXPECT_EQ(sheet.width, 6 + 2 * (32 + 6));
  EXPECT_EQ(sheet.height, 6 + (20 + 30 + 6) + (24 + 30 + 6));
  EXPECT_EQ(at(sheet, 6, 6 + 15)[0], 10);
  EXPECT_EQ(at(sheet, 6 + 38, 6 + 15)[0], 20);
  EXPECT_EQ(at(sheet, 6 + 31, 6 + 56 + 15 + 23)[0], 30);
  EXPECT_EQ(at(sheet, 6 + 38, 6 + 56 + 15)[0], 255);
}

TEST(Sheet, BeyondTheLargestPictureIsRefusedBeforeItIsAllocated) {
  const SheetRow row(20, SheetCell{grey(2000, 300, 0), "", ""});
  test::expectError(ErrorKind::invalidArgument, {"the sheet would have", "--display_winsize"},
                    [&] { drawSheet(std::vector<SheetRow>(10, row)); });
}

}  // namespace
}  // namespace cut::trainer
