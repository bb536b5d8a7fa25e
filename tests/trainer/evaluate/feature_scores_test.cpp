// SPDX-License-Identifier: MIT
#include "trainer/evaluate/feature_scores.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "scratch.hpp"
#include "trainer/data/random.hpp"

namespace cut::trainer::test {
namespace {

Features featuresOf(std::int64_t dimension, std::vector<double> values) {
  return {static_cast<std::int64_t>(values.size()) / dimension, dimension, std::move(values)};
}

double normal(Random& random) {
  const double radius = std::sqrt(-2 * std::log(1 - random.uniform(0, 1)));
  return radius * std::cos(2 * std::numbers::pi * random.uniform(0, 1));
}

// Independent per dimension, with the given mean and deviation.
Features gaussian(std::int64_t count, std::int64_t dimension, double mean, double deviation,
                  std::uint64_t seed) {
  Features features{count, dimension, {}};
  Random random(seed, 0, 0, Purpose::imageA);
  for (std::int64_t i = 0; i < count * dimension; ++i)
    features.values.push_back(mean + deviation * normal(random));
  return features;
}

// x of one set and 3 x + 1 of it: |m1 - m2|^2 + Tr(C + 9 C - 6 C), whatever the sample is.
TEST(FrechetDistance, ScaledAndShiftedSetIsExact) {
  for (const int count : {5, 40}) {  // fewer vectors than numbers in each, and more
    const Features a = gaussian(count, 12, 0, 1, 3);
    Features b = a;
    for (double& value : b.values) value = 3 * value + 1;
    double expected = 0;
    for (std::int64_t k = 0; k < 12; ++k) {
      double mean = 0;
      for (std::int64_t i = 0; i < count; ++i) mean += a.row(i)[k] / count;
      double variance = 0;
      for (std::int64_t i = 0; i < count; ++i) variance += std::pow(a.row(i)[k] - mean, 2) / (count - 1);
      expected += std::pow(2 * mean + 1, 2) + 4 * variance;
    }
    EXPECT_NEAR(frechetDistance(a, b), expected, 1e-6) << count;
    EXPECT_NEAR(frechetDistance(b, a), expected, 1e-6) << count;
  }
}

// Fréchet distance of N(m1, s1^2 I) and N(m2, s2^2 I): d ((m1 - m2)^2 + (s1 - s2)^2).
TEST(FrechetDistance, GaussiansMatchTheFormula) {
  const double distance = frechetDistance(gaussian(20000, 4, 0, 1, 1), gaussian(20000, 4, 2, 3, 2));
  EXPECT_NEAR(distance, 4 * (4 + 4), 0.7);
}

TEST(FrechetDistance, IsZeroBetweenASetAndItself) {
  for (const std::int64_t count : {6, 60}) {
    const Features set = gaussian(count, 10, 1, 2, 5);
    EXPECT_NEAR(frechetDistance(set, set), 0, 1e-5) << count;
  }
}

// By hand: vectors (0), (1), (2) and (1), (3); kernel (x y + 1)^3. k within a: (0,1) 1, (0,2) 1, (1,2) 27.
TEST(KernelDistance, IsTheUnbiasedEstimateWrittenOut) {
  const Features a = featuresOf(1, {0, 1, 2});
  const Features b = featuresOf(1, {1, 3, 2});
  const double withinA = (1 + 1 + 27) / 3.0;
  const double withinB = (64 + 27 + 343) / 3.0;
  const double across = (1 + 1 + 1 + 8 + 64 + 27 + 27 + 343 + 125) / 9.0;
  const KernelDistance distance = kernelDistance(a, b, 1);
  EXPECT_NEAR(distance.mean, withinA + withinB - 2 * across, 1e-9);
  EXPECT_NEAR(distance.deviation, 0, 1e-6);  // every subset is the whole set
}

TEST(KernelDistance, IsAboutZeroForSetsOfOneDistributionAndMayBeBelow) {
  double sum = 0;
  bool below = false;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const double distance =
        kernelDistance(gaussian(30, 3, 0, 1, 2 * seed), gaussian(30, 3, 0, 1, 2 * seed + 1), 1, 1).mean;
    sum += distance;
    below = below || distance < 0;
  }
  EXPECT_NEAR(sum / 40, 0, 0.3);
  EXPECT_TRUE(below);
}

TEST(KernelDistance, TakesSubsetsOfTheSizeAskedFor) {
  const Features a = gaussian(50, 2, 0, 1, 1);
  const Features b = gaussian(50, 2, 1, 1, 2);
  const KernelDistance few = kernelDistance(a, b, 1, 20, 10);
  EXPECT_GT(few.deviation, 0);
  EXPECT_EQ(few.mean, kernelDistance(a, b, 1, 20, 10).mean);
  EXPECT_NE(few.mean, kernelDistance(a, b, 2, 20, 10).mean);
}

// Values computed by make_features.py with numpy.
Features formula(std::int64_t count, std::int64_t dimension, double phase) {
  Features features{count, dimension, {}};
  for (int i = 0; i < count; ++i)
    for (int k = 0; k < dimension; ++k)
      features.values.push_back(std::sin(0.37 * (i + 1) * (k + 1.5) + phase) + 0.1 * k * phase);
  return features;
}

TEST(FeatureDistances, DistancesMatchNumpy) {
  EXPECT_NEAR(frechetDistance(formula(12, 5, 0), formula(9, 5, 0.5)), 0.16583544198847466, 1e-9);
  EXPECT_NEAR(frechetDistance(formula(9, 5, 0), formula(9, 5, 0.5)), 0.07748127362761448, 1e-9);
  // Singular covariances: numpy's own eigenvalues of the product are good to some 1e-7 only.
  EXPECT_NEAR(frechetDistance(formula(12, 20, 0), formula(9, 20, 0.5)), 9.356791051098128, 1e-5);
  EXPECT_NEAR(kernelDistance(formula(9, 5, 0), formula(9, 5, 0.5), 1).mean, -0.5808116664613059, 1e-9);
}

TEST(FeatureDistances, IncomparableSetsThrow) {
  const Features one = featuresOf(2, {1, 2});
  const Features three = featuresOf(2, {1, 2, 3, 4, 5, 6});
  expectError(ErrorKind::invalidArgument, {"got 1 of 2"}, [&] { frechetDistance(one, three); });
  expectError(ErrorKind::invalidArgument, {"of 3"}, [&] {
    kernelDistance(three, featuresOf(3, {1, 2, 3, 4, 5, 6}), 1);
  });
}

}  // namespace
}  // namespace cut::trainer::test
