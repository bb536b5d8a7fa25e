// SPDX-License-Identifier: MIT
#include "trainer/evaluate/sliced_wasserstein.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "scratch.hpp"

namespace cut::trainer::test {
namespace {

Random chance(std::uint64_t seed = 1) {
  return {seed, 0, 0, Purpose::directions};
}

// Uniform in [offset, offset + 1) in every dimension.
PointCloud cube(int dimension, std::int64_t count, float offset, std::uint64_t seed) {
  PointCloud cloud{dimension, count, std::vector<float>(static_cast<std::size_t>(dimension) * count)};
  Random random(seed, 1, 0, Purpose::patches);
  for (float& value : cloud.values) value = offset + static_cast<float>(random.uniform(0, 1));
  return cloud;
}

PointCloud line(std::vector<float> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return {1, count, std::move(values)};
}

TEST(Wasserstein1, IsTheMeanDifferenceOfSamplesOfTheSameSize) {
  EXPECT_DOUBLE_EQ(wasserstein1({0, 1, 5}, {1, 3, 4}), (1 + 2 + 1) / 3.0);
}

TEST(Wasserstein1, ComparesSamplesOfDifferentSizesByTheirQuantiles) {
  // Repeating every value changes no distribution.
  EXPECT_DOUBLE_EQ(wasserstein1({0, 1}, {1, 1, 3, 3}), wasserstein1({0, 1}, {1, 3}));
  // Quantiles of {0, 1} are 0 up to 1/2; those of {0, 3, 6}: 0, 3, 6, a third each.
  EXPECT_DOUBLE_EQ(wasserstein1({0, 1}, {0, 3, 6}), 3.0 / 6 + 2.0 / 6 + 5.0 / 3);
}

TEST(SlicedWasserstein, IsWasserstein1InOneDimension) {
  EXPECT_NEAR(slicedWasserstein(line({0, 2, 4}), line({7, 9, 5}), 16, chance()), 5, 1e-6);
}

TEST(SlicedWasserstein, IsZeroBetweenACloudAndItself) {
  const PointCloud cloud = cube(5, 300, 0, 1);
  EXPECT_EQ(slicedWasserstein(cloud, cloud, 32, chance()), 0);
}

// The mean of |cos| over directions on the circle is 2 / pi, on the sphere 1 / 2.
TEST(SlicedWasserstein, ShiftGivesItsMeanProjection) {
  PointCloud from{2, 1, {0, 0}};
  PointCloud to{2, 1, {3, 4}};
  EXPECT_NEAR(slicedWasserstein(from, to, 20000, chance()), 5 * 2 / std::numbers::pi, 0.05);
  from = {3, 1, {0, 0, 0}};
  to = {3, 1, {1, 2, 2}};
  EXPECT_NEAR(slicedWasserstein(from, to, 20000, chance()), 1.5, 0.03);
}

TEST(SlicedWasserstein, IsTheSameInEveryRunAndAnotherWithAnotherSeed) {
  const PointCloud a = cube(7, 500, 0, 1);
  const PointCloud b = cube(7, 300, 0.5F, 2);
  EXPECT_EQ(slicedWasserstein(a, b, 64, chance()), slicedWasserstein(a, b, 64, chance()));
  EXPECT_NE(slicedWasserstein(a, b, 64, chance()), slicedWasserstein(a, b, 64, chance(2)));
}

TEST(SlicedWasserstein, ShrinksWithTheSizeOfSetsOfOneDistribution) {
  const auto distance = [](std::int64_t count) {
    return slicedWasserstein(cube(3, count, 0, 1), cube(3, count, 0, 2), 64, chance());
  };
  EXPECT_LT(distance(10000), distance(100) / 3);
}

TEST(SlicedWasserstein, IncomparableCloudsThrow) {
  expectError(ErrorKind::invalidArgument, {"dimension 2", "dimension 3"},
              [] { slicedWasserstein(cube(2, 5, 0, 1), cube(3, 5, 0, 1), 8, chance()); });
  expectError(ErrorKind::invalidArgument, {"got 0"},
              [] { slicedWasserstein(cube(2, 0, 0, 1), cube(2, 5, 0, 1), 8, chance()); });
}

}  // namespace
}  // namespace cut::trainer::test
