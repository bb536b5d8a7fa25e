// SPDX-License-Identifier: MIT
#include "trainer/evaluate/colour_transfer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "scratch.hpp"
#include "trainer/data/random.hpp"

namespace cut::trainer::test {
namespace {

using Pictures = std::vector<Picture>;

Picture flat(int width, int height, const std::array<int, 3>& rgb) {
  Picture picture(width, height, 3);
  for (std::size_t i = 0; i < picture.pixels.size(); ++i)
    picture.pixels[i] = static_cast<std::uint8_t>(rgb[i % 3]);
  return picture;
}

// Uniformly distributed around `rgb`.
Picture noisy(int width, int height, const std::array<int, 3>& rgb, double radius) {
  Picture picture = flat(width, height, rgb);
  Random random(1, width, height, Purpose::imageA);
  for (std::uint8_t& value : picture.pixels)
    value = static_cast<std::uint8_t>(value + random.uniform(-radius, radius));
  return picture;
}

LabStatistics statisticsOf(const Pictures& pictures) {
  LabStatistics statistics;
  for (const Picture& picture : pictures) statistics.add(picture);
  return statistics;
}

Pictures transferred(const Pictures& from, const Pictures& to) {
  const ColourTransfer transfer(statisticsOf(from), statisticsOf(to));
  Pictures result;
  for (const Picture& picture : from) result.push_back(transfer(picture));
  return result;
}

void expectNear(const std::array<double, 3>& values, const std::array<double, 3>& expected, double bound) {
  for (int c = 0; c < 3; ++c) EXPECT_NEAR(values[c], expected[c], bound) << "channel " << c;
}

// Of the sRGB primaries, D65.
TEST(LabStatistics, AreInCielab) {
  const auto lab = [](const std::array<int, 3>& rgb) { return statisticsOf({flat(4, 3, rgb)}).mean(); };
  expectNear(lab({255, 0, 0}), {53.24, 80.09, 67.20}, 0.02);
  expectNear(lab({0, 255, 0}), {87.73, -86.18, 83.18}, 0.02);
  expectNear(lab({0, 0, 255}), {32.30, 79.19, -107.86}, 0.02);
  expectNear(lab({255, 255, 255}), {100, 0, 0}, 0.02);
}

TEST(LabStatistics, WeighEveryPixelOfASetTheSame) {
  const LabStatistics statistics = statisticsOf({flat(10, 10, {255, 255, 255}), flat(20, 10, {0, 0, 0})});
  EXPECT_EQ(statistics.pixels(), 300);
  EXPECT_NEAR(statistics.mean()[0], 100.0 / 3, 1e-3);
  EXPECT_NEAR(statistics.deviation()[0], 100 * std::sqrt(2.0) / 3, 1e-3);
  EXPECT_NEAR(statistics.deviation()[1], 0, 1e-3);
}

TEST(ColourTransfer, GivesTheSetTheStatisticsOfTheOther) {
  const Pictures a{noisy(96, 64, {90, 120, 140}, 25), noisy(64, 80, {120, 110, 100}, 12)};
  const Pictures b{noisy(80, 80, {150, 130, 110}, 18), noisy(50, 30, {140, 150, 130}, 30)};
  const Pictures result = transferred(a, b);
  expectNear(statisticsOf(result).mean(), statisticsOf(b).mean(), 0.05);
  expectNear(statisticsOf(result).deviation(), statisticsOf(b).deviation(), 0.05);
  // The sets do, not each image: what differs between the images of A still does.
  EXPECT_GT(statisticsOf({result[0]}).deviation()[0], 1.5 * statisticsOf({result[1]}).deviation()[0]);
}

TEST(ColourTransfer, ToItsOwnStatisticsChangesNothing) {
  const Pictures a{noisy(96, 64, {128, 128, 128}, 127), gradient(64, 64)};
  const Pictures result = transferred(a, a);
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i], result[i]);
}

// They have no chroma to stretch.
TEST(ColourTransfer, GreyImagesGetATintWithoutNoise) {
  Picture grey(128, 16, 3);
  for (std::size_t i = 0; i < grey.pixels.size(); ++i)
    grey.pixels[i] = static_cast<std::uint8_t>(64 + i / 3 % 128);
  const Pictures b{noisy(80, 80, {150, 130, 110}, 60)};
  const Pictures result = transferred({grey}, b);
  const LabStatistics tinted = statisticsOf(result);
  expectNear(tinted.mean(), statisticsOf(b).mean(), 0.1);
  EXPECT_NEAR(tinted.deviation()[0], statisticsOf(b).deviation()[0], 0.1);
  EXPECT_LT(tinted.deviation()[1], 0.5);
  EXPECT_LT(tinted.deviation()[2], 0.5);
}

TEST(ColourTransfer, FlatImagesBecomeTheMeanOfTheOther) {
  const Pictures b{noisy(80, 80, {150, 130, 110}, 30)};
  const Pictures result = transferred({flat(8, 8, {20, 200, 90})}, b);
  expectNear(statisticsOf(result).mean(), statisticsOf(b).mean(), 0.3);
  EXPECT_EQ(result[0], flat(8, 8, {result[0].pixels[0], result[0].pixels[1], result[0].pixels[2]}));
}

TEST(ColourTransfer, ClipsWhatLeavesTheRange) {
  Picture ramp(64, 4, 3);
  for (std::size_t i = 0; i < ramp.pixels.size(); ++i)
    ramp.pixels[i] = static_cast<std::uint8_t>(96 + i / 3 % 64);
  Picture halves(64, 4, 3);
  for (std::size_t i = 0; i < halves.pixels.size(); ++i) halves.pixels[i] = i / 3 % 64 < 32 ? 0 : 255;
  const Picture result = transferred({ramp}, {halves})[0];
  EXPECT_EQ(result.pixels.front(), 0);
  EXPECT_EQ(result.pixels.back(), 255);
  for (int c = 0; c < 3; ++c)
    for (int x = 1; x < 64; ++x) EXPECT_GE(result.row(0)[x * 3 + c], result.row(0)[x * 3 - 3 + c]);
}

TEST(ColourTransfer, EmptySetsThrow) {
  const LabStatistics some = statisticsOf({flat(4, 4, {1, 2, 3})});
  expectError(ErrorKind::invalidArgument, {"pixels", "16 and 0"}, [&] { ColourTransfer(some, {}); });
  expectError(ErrorKind::invalidArgument, {"0 and 16"}, [&] { ColourTransfer({}, some); });
}

}  // namespace
}  // namespace cut::trainer::test
