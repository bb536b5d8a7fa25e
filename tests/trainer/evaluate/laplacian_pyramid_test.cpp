// SPDX-License-Identifier: MIT
#include "trainer/evaluate/laplacian_pyramid.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "cuttranslate/image.hpp"
#include "scratch.hpp"

namespace cut::trainer::test {
namespace {

using Grid = std::vector<double>;

// An index beyond the border is mirrored at the outermost pixel.
int mirroredIndex(int i, int side) {
  i = std::abs(i);
  return i < side ? i : 2 * (side - 1) - i;
}

// The 5x5 binomial filter, times `gain`.
Grid blurred(const Grid& in, int side, double gain) {
  constexpr std::array<double, 5> taps{1, 4, 6, 4, 1};
  Grid out(in.size(), 0);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x)
      for (int v = 0; v < 5; ++v)
        for (int u = 0; u < 5; ++u)
          out[y * side + x] += gain / 256 * taps[v] * taps[u] *
                               in[mirroredIndex(y + v - 2, side) * side + mirroredIndex(x + u - 2, side)];
  return out;
}

Grid halved(const Grid& in, int side) {
  const Grid smooth = blurred(in, side, 1);
  Grid out;
  for (int y = 0; y < side; y += 2)
    for (int x = 0; x < side; x += 2) out.push_back(smooth[y * side + x]);
  return out;
}

Grid doubled(const Grid& in, int side) {
  Grid spread(in.size() * 4, 0);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) spread[2 * y * 2 * side + 2 * x] = in[y * side + x];
  return blurred(spread, 2 * side, 4);
}

void expectNear(const Planes& level, const Grid& expected) {
  ASSERT_EQ(expected.size(), level.values.size() / 3);
  for (std::size_t i = 0; i < expected.size(); ++i) ASSERT_NEAR(level.values[i], expected[i], 1e-3) << i;
}

// By definition, with zeros between the pixels: Burt and Adelson's EXPAND.
TEST(LaplacianPyramid, EqualsItsDefinitionBordersIncluded) {
  const Picture picture = gradient(64, 64);
  Grid image;
  for (std::size_t i = 0; i < picture.pixels.size(); i += 3) image.push_back(picture.pixels[i]);
  const std::vector<Planes> levels = laplacianPyramid(picture);
  ASSERT_EQ(levels.size(), 3U);
  int side = 64;
  for (std::size_t level = 0; level < 2; ++level, side /= 2) {
    const Grid smaller = halved(image, side);
    Grid difference = doubled(smaller, side / 2);
    for (std::size_t i = 0; i < image.size(); ++i) difference[i] = image[i] - difference[i];
    expectNear(levels[level], difference);
    image = smaller;
  }
  expectNear(levels[2], image);
}

TEST(LaplacianPyramid, FlatPictureIsInTheSmallestLevelOnly) {
  Picture flat(32, 32, 3);
  std::fill(flat.pixels.begin(), flat.pixels.end(), static_cast<std::uint8_t>(90));
  const std::vector<Planes> levels = laplacianPyramid(flat);
  ASSERT_EQ(levels.size(), 2U);
  for (const float value : levels[0].values) EXPECT_NEAR(value, 0, 1e-4);
  for (const float value : levels[1].values) EXPECT_NEAR(value, 90, 1e-4);
}

TEST(LaplacianPyramid, OtherSizesThrow) {
  for (const auto& [width, height, channels] : {std::array{48, 48, 3}, {64, 32, 3}, {8, 8, 3}, {32, 32, 1}})
    expectError(ErrorKind::invalidArgument, {std::to_string(width)},
                [&, w = width, h = height, c = channels] { laplacianPyramid(Picture(w, h, c)); });
}

// Noise around a grey value, in grains of some pixels.
Picture noise(int side, Size grain, std::uint64_t seed, int middle = 128) {
  constexpr int reach = 100;
  Picture picture(side, side, 3);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x)
      for (int c = 0; c < 3; ++c) {
        Random random(seed, y / grain.height * side + x / grain.width, c, Purpose::imageA);
        picture.row(y)[x * 3 + c] = static_cast<std::uint8_t>(middle - reach / 2 + random.below(reach));
      }
  return picture;
}

PyramidPatches setOf(const std::vector<Picture>& pictures) {
  PyramidPatches set(7);
  for (const Picture& picture : pictures) set.add(picture);
  return set;
}

PyramidDistance between(const PyramidPatches& a, const PyramidPatches& b) {
  return PyramidDistance::between(a, b, 7);
}

TEST(PyramidDistance, IsZeroBetweenASetAndItself) {
  const PyramidPatches set = setOf({noise(64, {1, 1}, 1), noise(64, {2, 2}, 2)});
  const PyramidDistance distance = between(set, set);
  EXPECT_THAT(distance.levels, testing::Each(0.0));
  EXPECT_EQ(distance.colour, 0);
  EXPECT_THAT(set.sides(), testing::ElementsAre(64, 32, 16));
}

// A one-pixel checkerboard over noise in the first `columns` of the picture, which disappears at half the
// size.
Picture screened(int columns, std::uint64_t seed) {
  Picture picture = noise(64, {16, 16}, seed);
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < columns; ++x)
      for (int c = 0; c < 3; ++c)
        picture.row(y)[x * 3 + c] =
            static_cast<std::uint8_t>(picture.row(y)[x * 3 + c] + (x + y) % 2 * 60 - 30);
  return picture;
}

TEST(PyramidDistance, LevelsShowWhichScaleDiffers) {
  std::vector<Picture> all, half, other;
  for (std::uint64_t i = 0; i < 8; ++i) {
    all.push_back(screened(64, i));
    half.push_back(screened(32, 100 + i));
    other.push_back(screened(64, 200 + i));
  }
  const PyramidDistance distance = between(setOf(all), setOf(half));
  const PyramidDistance chance = between(setOf(all), setOf(other));
  EXPECT_GT(distance.levels[0], 2 * chance.levels[0]);
  EXPECT_LT(distance.levels[2], 1.5 * chance.levels[2]);
}

// Patches are normalised per channel, as in the paper, so that tint and contrast are in `colour` only.
TEST(PyramidDistance, LevelsIgnoreBrightnessAndColourMeasuresIt) {
  std::vector<Picture> dark, light;
  for (std::uint64_t i = 0; i < 4; ++i) {
    dark.push_back(noise(64, {4, 4}, i, 100));
    light.push_back(noise(64, {4, 4}, i, 130));
  }
  const PyramidDistance distance = between(setOf(dark), setOf(light));
  for (const double level : distance.levels) EXPECT_NEAR(level, 0, 0.01);
  // A shift by (30, 30, 30) has a mean projection of half its length.
  EXPECT_NEAR(distance.colour, 30 * std::sqrt(3.0) / 2, 2);
}

TEST(PyramidDistance, GrowsWithTheDifference) {
  std::vector<Picture> fine, medium, coarse;
  for (std::uint64_t i = 0; i < 4; ++i) {
    fine.push_back(noise(64, {1, 1}, i));
    medium.push_back(noise(64, {2, 2}, 10 + i));
    coarse.push_back(noise(64, {16, 16}, 20 + i));
  }
  const PyramidPatches set = setOf(fine);
  EXPECT_LT(between(set, setOf(medium)).mean, between(set, setOf(coarse)).mean);
}

TEST(PyramidPatches, SubsetHasThePatchesOfItsPictures) {
  const Picture one = noise(32, {1, 1}, 1);
  const PyramidPatches all = setOf({one, noise(32, {2, 2}, 2), noise(32, {4, 4}, 3)});
  const PyramidPatches part = all.subset({0});
  EXPECT_EQ(part.pictures(), 1);
  EXPECT_EQ(between(part, setOf({one})).mean, 0);
}

TEST(PyramidDistance, IncomparableSetsThrow) {
  expectError(ErrorKind::invalidArgument, {"0 and 1"}, [] {
    between(PyramidPatches(1), setOf({noise(32, {1, 1}, 1)}));
  });
  expectError(ErrorKind::invalidArgument, {"one size"}, [] {
    between(setOf({noise(64, {1, 1}, 1)}), setOf({noise(32, {1, 1}, 1)}));
  });
  expectError(ErrorKind::invalidArgument, {"one size"}, [] {
    setOf({noise(64, {1, 1}, 1), noise(32, {1, 1}, 1)});
  });
}

}  // namespace
}  // namespace cut::trainer::test
