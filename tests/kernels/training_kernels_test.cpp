// SPDX-License-Identifier: MIT
// The kernels that only training uses, against sums in double.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "instance_norm_reference.hpp"
#include "kernels/base/aligned_floats.hpp"
#include "kernels/conv/winograd/winograd_gradient.hpp"
#include "kernels/image/resample.hpp"
#include "kernels/norm/instance_norm.hpp"
#include "targets.hpp"

namespace cut::tests {
namespace {

using cpu::Activation;
using cpu::BlurShape;

std::vector<float> noise(std::int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(static_cast<std::size_t>(count));
  for (auto& value : values) value = normal(random);
  return values;
}

std::vector<double> referenceGradient(const std::vector<float>& x, const std::vector<float>& dy,
                                      const NormCase& shape, bool relu) {
  const std::vector<double> z = referenceNorm(x, nullptr, shape, false);
  std::vector<double> dx(x.size());
  const auto pixels = static_cast<double>(shape.pixels);
  for (std::int64_t n = 0; n < shape.batch; ++n)
    for (std::int64_t c = 0; c < shape.channels; ++c) {
      const auto at = [&](std::int64_t p) {
        return static_cast<std::size_t>((n * shape.pixels + p) * shape.channels + c);
      };
      const auto g = [&](std::int64_t p) { return relu && z[at(p)] <= 0 ? 0.0 : double{dy[at(p)]}; };
      double mean = 0, variance = 0, sum = 0, weighted = 0;
      for (std::int64_t p = 0; p < shape.pixels; ++p) mean += x[at(p)] / pixels;
      for (std::int64_t p = 0; p < shape.pixels; ++p) {
        variance += (x[at(p)] - mean) * (x[at(p)] - mean) / pixels;
        sum += g(p) / pixels;
        weighted += g(p) * z[at(p)] / pixels;
      }
      for (std::int64_t p = 0; p < shape.pixels; ++p)
        dx[at(p)] = (g(p) - sum - z[at(p)] * weighted) / std::sqrt(variance + normEpsilon);
    }
  return dx;
}

std::vector<float> gradient(const std::vector<float>& x, const std::vector<float>& dy, const NormCase& c,
                            Activation activation) {
  const cpu::InstanceNormShape shape{c.batch, c.pixels, c.channels};
  const auto perChannel = static_cast<std::size_t>(c.batch * c.channels);
  std::vector<float> mean(perChannel), inverse(perChannel), dx(x.size(), std::nanf(""));
  std::vector<double> scratch(static_cast<std::size_t>(
      std::max(cpu::instanceNormScratch(shape), cpu::instanceNormBackwardScratch(shape))));
  cpu::instanceNormStatistics(x.data(), shape, static_cast<float>(normEpsilon), mean.data(), inverse.data(),
                              scratch.data(), cpu::serialFor);
  cpu::instanceNormBackward(x.data(), dy.data(), dx.data(), shape, mean.data(), inverse.data(), activation,
                            scratch.data(), cpu::serialFor);
  return dx;
}

TEST(InstanceNormBackward, OutputMatchesDoubleReferenceOnEveryTarget) {
  forEachTarget([](const char* target) {
    for (const NormCase& shape : oddShapes()) {
      // With very few pixels the variance is almost zero, and invStd amplifies rounding errors of fp32.
      if (shape.pixels < 7) continue;
      SCOPED_TRACE(std::string(target) + ", " + std::to_string(shape.pixels) + " pixels, " +
                   std::to_string(shape.channels) + " channels");
      const auto x = normInput(shape);
      const auto dy = noise(static_cast<std::int64_t>(x.size()), 3);
      EXPECT_LT(
          largestDifference(gradient(x, dy, shape, Activation::none), referenceGradient(x, dy, shape, false)),
          2e-4);
    }
  });
}

TEST(InstanceNormBackward, ReluMasksTheGradient) {
  forEachTarget([](const char* target) {
    SCOPED_TRACE(target);
    const NormCase shape{2, 50, 37};
    const auto x = normInput(shape);
    const auto dy = noise(static_cast<std::int64_t>(x.size()), 3);
    EXPECT_LT(
        largestDifference(gradient(x, dy, shape, Activation::relu), referenceGradient(x, dy, shape, true)),
        1e-4);
  });
}

std::int64_t reflected(std::int64_t i, std::int64_t size) {
  return i < 0 ? -i : i >= size ? 2 * size - 2 - i : i;
}

std::vector<double> referenceBlur(const std::vector<float>& x, const BlurShape& s) {
  std::vector<double> y;
  constexpr double taps[] = {0.25, 0.5, 0.25};
  for (std::int64_t n = 0; n < s.batch; ++n)
    for (std::int64_t i = 0; i < s.outputHeight(); ++i)
      for (std::int64_t j = 0; j < s.outputWidth(); ++j)
        for (std::int64_t c = 0; c < s.channels; ++c) {
          double sum = 0;
          for (std::int64_t a = 0; a < 3; ++a)
            for (std::int64_t b = 0; b < 3; ++b) {
              const std::int64_t row = reflected(2 * i + a - 1, s.height),
                                 column = reflected(2 * j + b - 1, s.width);
              sum += taps[a] * taps[b] *
                     x[static_cast<std::size_t>(((n * s.height + row) * s.width + column) * s.channels + c)];
            }
          y.push_back(sum);
        }
  return y;
}

const BlurShape blurShapes[] = {{1, 2, 2, 1}, {2, 3, 2, 5}, {1, 7, 8, 16}, {2, 9, 11, 33}, {1, 16, 6, 128}};

TEST(BlurPool, OutputMatchesDoubleReferenceOnEveryTarget) {
  forEachTarget([](const char* target) {
    for (const BlurShape& shape : blurShapes) {
      SCOPED_TRACE(std::string(target) + ", " + std::to_string(shape.height) + " x " +
                   std::to_string(shape.width));
      const auto x = noise(shape.batch * shape.height * shape.width * shape.channels, 1);
      const auto expected = referenceBlur(x, shape);
      std::vector<float> y(expected.size(), std::numeric_limits<float>::quiet_NaN());
      cpu::blurPool(x.data(), y.data(), shape, cpu::serialFor);
      EXPECT_LT(largestDifference(y, expected), 1e-6);
    }
  });
}

// The gradient of a linear map is its transpose: <d, blur(x)> = <transpose(d), x> for any d and x.
TEST(BlurPool, BlurPoolGradientIsItsTranspose) {
  forEachTarget([](const char* target) {
    for (const BlurShape& shape : blurShapes) {
      SCOPED_TRACE(std::string(target) + ", " + std::to_string(shape.height) + " x " +
                   std::to_string(shape.width));
      const auto x = noise(shape.batch * shape.height * shape.width * shape.channels, 1);
      const auto y = referenceBlur(x, shape);
      const auto d = noise(static_cast<std::int64_t>(y.size()), 2);
      std::vector<float> dx(x.size(), std::numeric_limits<float>::quiet_NaN());
      cpu::blurPoolBackward(d.data(), dx.data(), shape, cpu::serialFor);
      double forward = 0, backward = 0;
      for (std::size_t i = 0; i < y.size(); ++i) forward += y[i] * d[i];
      for (std::size_t i = 0; i < x.size(); ++i) backward += double{x[i]} * dx[i];
      EXPECT_NEAR(forward, backward, 1e-4);
    }
  });
}

struct GradientCase {
  std::int64_t batch, height, width, inputs, outputs;
  cpu::Padding padding;
};

// Partial tiles, a single tile, several blocks of tiles, and channels that fill neither a chunk nor its
// panels.
const GradientCase gradientCases[] = {
    {1, 2, 2, 16, 16, cpu::Padding::zeros},    {1, 6, 6, 16, 32, cpu::Padding::reflect},
    {2, 13, 7, 48, 16, cpu::Padding::reflect}, {1, 9, 20, 80, 48, cpu::Padding::zeros},
    {3, 40, 44, 16, 16, cpu::Padding::zeros},
};

cpu::WinogradShape shapeOf(const GradientCase& c) {
  return {.height = c.height,
          .width = c.width,
          .inChannels = c.inputs,
          .outChannels = c.outputs,
          .padding = c.padding};
}

std::vector<double> referenceWeightGradient(const GradientCase& c, const std::vector<float>& x,
                                            const std::vector<float>& dy) {
  std::vector<double> gradient(static_cast<std::size_t>(c.outputs * 9 * c.inputs));
  for (std::int64_t n = 0; n < c.batch; ++n)
    for (std::int64_t i = 0; i < c.height; ++i)
      for (std::int64_t j = 0; j < c.width; ++j)
        for (std::int64_t tap = 0; tap < 9; ++tap) {
          std::int64_t row = i + tap / 3 - 1, column = j + tap % 3 - 1;
          if (c.padding == cpu::Padding::reflect)
            row = reflected(row, c.height), column = reflected(column, c.width);
          if (row < 0 || column < 0 || row >= c.height || column >= c.width) continue;
          const float* from = x.data() + ((n * c.height + row) * c.width + column) * c.inputs;
          const float* d = dy.data() + ((n * c.height + i) * c.width + j) * c.outputs;
          for (std::int64_t out = 0; out < c.outputs; ++out)
            for (std::int64_t in = 0; in < c.inputs; ++in)
              gradient[static_cast<std::size_t>((out * 9 + tap) * c.inputs + in)] +=
                  double{d[out]} * from[in];
        }
  return gradient;
}

std::vector<float> weightGradient(const GradientCase& c, const std::vector<float>& x,
                                  const std::vector<float>& dy, std::int64_t threads) {
  const cpu::WinogradShape shape = shapeOf(c);
  const auto scratch = cpu::makeAlignedFloats(cpu::winogradGradientScratch(shape, c.batch, threads));
  std::vector<float> gradient(static_cast<std::size_t>(c.outputs * 9 * c.inputs), std::nanf(""));
  cpu::winogradGradient(x.data(), dy.data(), gradient.data(), shape, c.batch, scratch.get(), threads,
                        cpu::serialFor);
  return gradient;
}

TEST(WinogradGradient, OutputMatchesDoubleReferenceOnEveryTarget) {
  forEachTarget([](const char* target) {
    for (const GradientCase& c : gradientCases) {
      SCOPED_TRACE(std::string(target) + ", " + std::to_string(c.height) + " x " + std::to_string(c.width));
      const auto x = noise(c.batch * c.height * c.width * c.inputs, 1);
      const auto dy = noise(c.batch * c.height * c.width * c.outputs, 2);
      const std::vector<double> expected = referenceWeightGradient(c, x, dy);
      double largest = 0;
      for (const double value : expected) largest = std::max(largest, std::abs(value));
      EXPECT_LT(largestDifference(weightGradient(c, x, dy, 1), expected), 1e-5 * largest);
    }
  });
}

TEST(WinogradGradient, WeightGradientDoesNotDependOnThreadCount) {
  const GradientCase& c = gradientCases[2];
  const auto x = noise(c.batch * c.height * c.width * c.inputs, 1);
  const auto dy = noise(c.batch * c.height * c.width * c.outputs, 2);
  EXPECT_EQ(weightGradient(c, x, dy, 1), weightGradient(c, x, dy, 3));
}

}  // namespace
}  // namespace cut::tests
