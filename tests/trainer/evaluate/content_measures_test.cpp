// SPDX-License-Identifier: MIT
#include "trainer/evaluate/content_measures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "scratch.hpp"
#include "trainer/data/random.hpp"

namespace cut::trainer::test {
namespace {

constexpr int side = 128;

Picture painted(const std::function<double(int x, int y)>& grey) {
  Picture picture(side, side, 3);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x)
      for (int c = 0; c < 3; ++c)
        picture.row(y)[x * 3 + c] = static_cast<std::uint8_t>(std::clamp(grey(x, y), 0.0, 255.0));
  return picture;
}

// A flat sky above a checkerboard.
double street(int x, int y) {
  return y < side / 2 ? 150 : 90 + 60 * ((x / 8 + y / 8) % 2);
}

ContentMeasures measured(const Picture& a, const Picture& translated) {
  ContentMeasures measures;
  measures.add(a, translated, a, translated);
  return measures;
}

TEST(ContentMeasures, UnchangedPictureHasIdealScores) {
  const Picture picture = painted(street);
  const ContentMeasures measures = measured(picture, picture);
  EXPECT_NEAR(measures.structure(), 1, 1e-9);
  ASSERT_TRUE(measures.blotches());
  EXPECT_EQ(*measures.blotches(), 0);
  EXPECT_THAT(measures.borders(), testing::Each(0.0));
}

TEST(Structure, IsInvariantToBrightnessAndNearlyToContrast) {
  const ContentMeasures measures =
      measured(painted(street), painted([](int x, int y) { return 40 + 0.7 * street(x, y); }));
  EXPECT_NEAR(measures.structure(), 1 - (1 - 2 * 0.7 / (1 + 0.7 * 0.7)) * 0.5, 0.02);
}

TEST(Structure, FallsWhereEdgesAreLostMovedOrInverted) {
  const Picture a = painted(street);
  const auto of = [&](const std::function<double(int, int)>& grey) {
    return measured(a, painted(grey)).structure();
  };
  const double lost = of([](int, int) { return 120.0; });
  const double moved = of([](int x, int y) { return street(x + 4, y); });
  const double negative = of([](int x, int y) { return 255 - street(x, y); });
  EXPECT_LT(lost, 0.6);
  EXPECT_LT(moved, 0.7);
  EXPECT_LT(negative, lost);
}

TEST(Blotches, RiseWithBlobsAndBandsInTheSky) {
  const Picture a = painted(street);
  const auto of = [&](const std::function<double(int, int)>& grey) {
    return *measured(a, painted(grey)).blotches();
  };
  const double blob = of([](int x, int y) {
    return street(x, y) +
           (y < side / 2 ? 60 * std::exp(-(std::pow(x - 60, 2) + std::pow(y - 30, 2)) / 200) : 0);
  });
  const double bands = of([](int x, int y) { return street(x, y) + (y < side / 2 ? 20 * (y / 10 % 2) : 0); });
  const double tint = of([](int x, int y) { return street(x, y) - 30; });
  EXPECT_GT(blob, 5);
  EXPECT_GT(bands, 5);
  EXPECT_NEAR(tint, 0, 1e-9);
}

TEST(Blotches, IgnoreFineTexture) {
  const Picture grain = painted([](int x, int y) {
    Random random(1, x, y, Purpose::imageA);
    return street(x, y) + random.uniform(-15, 15);
  });
  EXPECT_LT(*measured(painted(street), grain).blotches(), 3);
}

TEST(Blotches, AreUnknownWithoutFlatRegions) {
  const Picture coarse = painted([](int x, int y) { return 255.0 * ((x / 16 + y / 16) % 2); });
  EXPECT_FALSE(measured(coarse, coarse).blotches());
}

TEST(Borders, MeasureTheDarkenedSide) {
  const Picture a = painted(street);
  const Picture darkTop = painted([](int x, int y) { return street(x, y) - (y < 4 ? 25 : 0); });
  const ContentMeasures measures = measured(a, darkTop);
  EXPECT_NEAR(measures.worstBorder(), -25, 0.5);
  EXPECT_NEAR(measures.borders()[0], -25, 0.5);
  EXPECT_NEAR(measures.borders()[1], 0, 0.5);
  // The left and right strips cross the darkened rows, and so do the ones beside them.
  EXPECT_NEAR(measures.borders()[2], 0, 0.5);
}

TEST(ContentMeasures, MeasuresAreMeansOverThePairs) {
  const Picture a = painted(street);
  const Picture darkTop = painted([](int x, int y) { return street(x, y) - (y < 4 ? 20 : 0); });
  ContentMeasures measures;
  measures.add(a, a, a, a);
  measures.add(a, darkTop, a, darkTop);
  EXPECT_NEAR(measures.worstBorder(), -10, 0.5);
  EXPECT_NEAR(measures.structure(), (1 + measured(a, darkTop).structure()) / 2, 1e-9);
}

TEST(ContentMeasures, DifferentSizesThrow) {
  const Picture a = painted(street);
  expectError(ErrorKind::invalidArgument, {"64 x 64"}, [&] { measured(a, gradient(64, 64)); });
}

}  // namespace
}  // namespace cut::trainer::test
