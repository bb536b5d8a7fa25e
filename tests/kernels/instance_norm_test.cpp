// SPDX-License-Identifier: MIT
#include "kernels/norm/instance_norm.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <thread>

#include "instance_norm_reference.hpp"
#include "targets.hpp"

namespace cut::tests {
namespace {

using cpu::Activation;
using cpu::InstanceNormShape;

InstanceNormShape shapeOf(const NormCase& c) {
  return {c.batch, c.pixels, c.channels};
}

// As a caller with this many threads would spread the work.
auto threads(int count) {
  return [count](std::int64_t items, cpu::RangeTask task) {
    std::vector<std::thread> team;
    for (int i = 0; i < count; ++i)
      team.emplace_back([=] {
        const std::int64_t begin = items * i / count, end = items * (i + 1) / count;
        if (begin < end) task(begin, end);
      });
    for (auto& thread : team) thread.join();
  };
}

std::vector<float> norm(const std::vector<float>& x, const std::vector<float>* residual,
                        const NormCase& shape, Activation activation,
                        cpu::ParallelFor parallelFor = cpu::serialFor) {
  std::vector<float> y(x.size(), std::numeric_limits<float>::quiet_NaN());
  std::vector<double> workspace(static_cast<std::size_t>(cpu::instanceNormWorkspace(shapeOf(shape))),
                                std::numeric_limits<double>::quiet_NaN());
  cpu::instanceNorm(x.data(), residual ? residual->data() : nullptr, y.data(), shapeOf(shape),
                    static_cast<float>(normEpsilon), activation, workspace.data(), parallelFor);
  return y;
}

TEST(InstanceNorm, OutputMatchesDoubleReferenceOnEveryTarget) {
  forEachTarget([](const char* target) {
    for (const NormCase& shape : oddShapes()) {
      SCOPED_TRACE(std::string(target) + ", batch " + std::to_string(shape.batch) + ", " +
                   std::to_string(shape.pixels) + " pixels, " + std::to_string(shape.channels) + " channels");
      const auto x = normInput(shape);
      EXPECT_LT(largestDifference(norm(x, nullptr, shape, Activation::none),
                                  referenceNorm(x, nullptr, shape, false)),
                1e-5);
    }
  });
}

TEST(InstanceNorm, ReluIsAppliedBeforeTheResidual) {
  forEachTarget([](const char* target) {
    for (const NormCase shape : {NormCase{2, 50, 70}, NormCase{1, 3, 5}}) {
      SCOPED_TRACE(target);
      const auto x = normInput(shape), residual = normInput(shape, 2);
      EXPECT_LT(largestDifference(norm(x, nullptr, shape, Activation::relu),
                                  referenceNorm(x, nullptr, shape, true)),
                1e-5);
      EXPECT_LT(largestDifference(norm(x, &residual, shape, Activation::none),
                                  referenceNorm(x, &residual, shape, false)),
                1e-5);
      EXPECT_LT(largestDifference(norm(x, &residual, shape, Activation::relu),
                                  referenceNorm(x, &residual, shape, true)),
                1e-5);
    }
  });
}

TEST(InstanceNorm, NanPassesTheRelu) {
  forEachTarget([](const char* target) {
    SCOPED_TRACE(target);
    const NormCase shape{1, 9, 19};
    auto x = normInput(shape);
    x[3] = std::numeric_limits<float>::quiet_NaN();
    const auto y = norm(x, nullptr, shape, Activation::relu);
    for (std::size_t i = 0; i < y.size(); ++i) EXPECT_EQ(std::isnan(y[i]), i % 19 == 3) << i;
  });
}

TEST(InstanceNorm, PrecisionIsKeptWithALargeMean) {
  forEachTarget([](const char* target) {
    SCOPED_TRACE(target);
    const NormCase shape{1, 128 * 128, 24, 1000, 1};
    const auto x = normInput(shape);
    EXPECT_LT(
        largestDifference(norm(x, nullptr, shape, Activation::none), referenceNorm(x, nullptr, shape, false)),
        1e-4);
  });
}

TEST(InstanceNorm, PrecisionIsKeptWithOutliersInTheFirstPixels) {
  const NormCase shape{1, 5000, 16};
  auto x = normInput(shape);
  for (std::size_t i = 0; i < 16; ++i) x[i] += 1e4F;
  EXPECT_LT(
      largestDifference(norm(x, nullptr, shape, Activation::none), referenceNorm(x, nullptr, shape, false)),
      1e-3);  // of values up to 70
}

TEST(InstanceNorm, ConstantChannelsBecomeZero) {
  for (const float value : {0.0F, 0.1F, -1000.3F, 1e-30F}) {
    const NormCase shape{1, 1003, 17};
    const std::vector<float> x(static_cast<std::size_t>(shape.pixels * shape.channels), value);
    const auto y = norm(x, nullptr, shape, Activation::none);
    for (const float element : y) ASSERT_NEAR(element, 0, 0.03);  // 1 ulp of 1000 / sqrt(eps) is 0.02
  }
}

TEST(InstanceNorm, OutputMayBeInputOrResidual) {
  const NormCase shape{2, 77, 33};
  const auto x = normInput(shape), residual = normInput(shape, 2);
  const auto expected = norm(x, &residual, shape, Activation::none);
  std::vector<double> workspace(static_cast<std::size_t>(cpu::instanceNormWorkspace(shapeOf(shape))));
  auto y = x;
  cpu::instanceNorm(y.data(), residual.data(), y.data(), shapeOf(shape), static_cast<float>(normEpsilon),
                    Activation::none, workspace.data(), cpu::serialFor);
  EXPECT_EQ(y, expected);
  y = residual;
  cpu::instanceNorm(x.data(), y.data(), y.data(), shapeOf(shape), static_cast<float>(normEpsilon),
                    Activation::none, workspace.data(), cpu::serialFor);
  EXPECT_EQ(y, expected);
}

TEST(InstanceNorm, NormDoesNotDependOnThreadCount) {
  const NormCase shape{2, 6000, 48};
  const auto x = normInput(shape);
  const auto expected = norm(x, nullptr, shape, Activation::relu);
  for (const int count : {2, 3, 7}) {
    const auto parallel = threads(count);
    EXPECT_EQ(norm(x, nullptr, shape, Activation::relu, parallel), expected) << count << " threads";
  }
}

TEST(InstanceNorm, StatisticsAndApplyEqualTheFusedCall) {
  const NormCase shape{2, 300, 40, 5, 2};
  const auto x = normInput(shape);
  std::vector<float> mean(80), invStd(80), y(x.size());
  std::vector<double> scratch(static_cast<std::size_t>(cpu::instanceNormScratch(shapeOf(shape))));
  cpu::instanceNormStatistics(x.data(), shapeOf(shape), static_cast<float>(normEpsilon), mean.data(),
                              invStd.data(), scratch.data(), cpu::serialFor);
  cpu::instanceNormApply(x.data(), nullptr, y.data(), shapeOf(shape), mean.data(), invStd.data(),
                         Activation::relu, cpu::serialFor);
  EXPECT_EQ(y, norm(x, nullptr, shape, Activation::relu));
  EXPECT_NEAR(invStd[0], 0.5, 0.1);
}

}  // namespace
}  // namespace cut::tests
