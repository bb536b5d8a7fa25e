// SPDX-License-Identifier: MIT
// Winograd's convolutions on every instruction set of this machine against plain sums in double.
#include "kernels/conv/winograd/winograd.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "kernels/base/aligned_floats.hpp"
#include "kernels/base/cpu_features.hpp"
#include "kernels/conv/convolution.hpp"
#include "map_reference.hpp"
#include "targets.hpp"

namespace cut::tests {
namespace {

using cpu::ComputeType;
using cpu::MapShape;
using cpu::Padding;
using cpu::WinogradShape;

struct WinogradCase {
  std::int64_t height, width, inputs, outputs;
  Padding padding;
  bool norm;
  ComputeType computeType = ComputeType::fp32;
  bool upsample2x = false;
};

// Sides below, at and beyond a tile; padded channels; more than one chunk of 64 outputs; more tiles than a
// block has.
const std::vector<WinogradCase> cases{
    {2, 2, 1, 1, Padding::reflect, false},
    {6, 6, 16, 16, Padding::zeros, true},
    {7, 5, 3, 40, Padding::reflect, true},
    {13, 20, 33, 17, Padding::zeros, false},
    {8, 8, 20, 100, Padding::reflect, true},
    {40, 61, 5, 9, Padding::zeros, true},
    {2, 2, 3, 5, Padding::zeros, false, ComputeType::fp32, true},
    {14, 26, 18, 33, Padding::zeros, true, ComputeType::fp32, true},
    {48, 62, 5, 9, Padding::zeros, false, ComputeType::fp32, true},
};

WinogradShape shapeOf(const WinogradCase& c) {
  return {
      c.height,      c.width,     cpu::paddedChannels(c.inputs), cpu::paddedChannels(c.outputs), c.padding,
      c.computeType, c.upsample2x};
}

MapShape inputShapeOf(const WinogradCase& c) {
  const std::int64_t divisor = c.upsample2x ? 2 : 1;
  return {c.height / divisor, c.width / divisor, cpu::paddedChannels(c.inputs)};
}

std::vector<float> inputOf(const WinogradCase& c) {
  return randomFloats(inputShapeOf(c).floats(), 1);
}

std::vector<float> weightsOf(const WinogradCase& c) {
  return randomFloats(c.outputs * c.inputs * 9, 2, 0.2F);
}

// The input after norm, ReLU and upsampling, without padding.
ReferenceMap mapOf(const WinogradCase& c) {
  const MapShape in = inputShapeOf(c);
  const ReferenceMap map(inputOf(c), in, {in.channels, c.norm});
  return c.upsample2x ? upsample2x(map, in) : map;
}

std::vector<double> reference(const WinogradCase& c, const std::vector<float>& bias) {
  const WinogradShape shape = shapeOf(c);
  const std::vector<float> weights = weightsOf(c);
  const ReferenceMap map = mapOf(c);
  std::vector<double> y;
  for (std::int64_t row = 0; row < c.height; ++row)
    for (std::int64_t column = 0; column < c.width; ++column)
      for (std::int64_t out = 0; out < shape.outChannels; ++out) {
        double sum = bias[at(out)];
        for (std::int64_t tap = 0; out < c.outputs && tap < 9; ++tap)
          for (std::int64_t in = 0; in < c.inputs; ++in) {
            const std::int64_t i = row + tap / 3 - 1, j = column + tap % 3 - 1;
            const double x = c.padding == Padding::zeros ? map.orZero(i, j, in) : map.reflected(i, j, in);
            sum += x * weights[at((out * c.inputs + in) * 9 + tap)];
          }
        y.push_back(sum);
      }
  return y;
}

Convolved run(const WinogradCase& c, const std::vector<float>& bias, std::int64_t threads) {
  const WinogradShape shape = shapeOf(c);
  const auto transformed = cpu::makeAlignedFloats(shape.weights());
  cpu::winogradWeights(cpu::denseKernels(weightsOf(c).data(), c.outputs, c.inputs), transformed.get(), shape,
                       cpu::serialFor);
  const auto scratch = cpu::makeAlignedFloats(cpu::winogradScratch(shape, threads));
  std::vector<float> moments(at(cpu::winogradStatistics(shape)));
  const TestNorm norm(shape.inChannels, c.norm);
  const std::vector<float> x = inputOf(c);
  Convolved result(c.height * c.width, shape.outChannels);
  cpu::winograd(x.data(), norm.norm(), transformed.get(), bias.data(), result.y.data(), shape, moments.data(),
                scratch.get(), threads, cpu::serialFor);
  cpu::winogradMoments(moments.data(), shape, 1e-5F, result.mean.data(), result.invStd.data(),
                       cpu::serialFor);
  return result;
}

std::vector<float> biasOf(const WinogradCase& c, float offset) {
  std::vector<float> bias = randomFloats(shapeOf(c).outChannels, 3);
  for (auto& value : bias) value += offset;
  return bias;
}

TEST(Winograd, OutputMatchesDoubleReferenceOnEveryTarget) {
  forEachTarget([](const char* target) {
    for (const WinogradCase& c : cases) {
      SCOPED_TRACE(std::string(target) + ", " + std::to_string(c.height) + "x" + std::to_string(c.width));
      EXPECT_LT(largestDifference(run(c, biasOf(c, 0), 1).y, reference(c, biasOf(c, 0))), 2e-4);
    }
  });
}

TEST(Winograd, MomentsMatchOutput) {
  forEachTarget([](const char* target) {
    for (const WinogradCase& c : cases) {
      SCOPED_TRACE(std::string(target) + ", " + std::to_string(c.height) + "x" + std::to_string(c.width));
      const Convolved result = run(c, biasOf(c, 100), 1);  // a mean far larger than the deviation
      expectTheMomentsOfWhatIsWritten(result);
    }
  });
}

// Large outputs use non-temporal stores where y is aligned to whole cache lines, ordinary ones elsewhere.
TEST(Winograd, NonTemporalStoresGiveSameOutput) {
  const WinogradShape shape{258, 260, 16, 64};
  const auto transformed = cpu::makeAlignedFloats(shape.weights());
  cpu::winogradWeights(cpu::denseKernels(randomFloats(64 * 16 * 9, 2, 0.2F).data(), 64, 16),
                       transformed.get(), shape, cpu::serialFor);
  const std::vector<float> x = randomFloats(shape.height * shape.width * 16, 1), bias = randomFloats(64, 3);
  const std::int64_t floats = shape.height * shape.width * 64;
  const auto y = cpu::makeAlignedFloats(2 * floats + 1),
             scratch = cpu::makeAlignedFloats(cpu::winogradScratch(shape, 1));
  float* const other = y.get() + floats + 1;
  forEachTarget([&](const char*) {
    for (float* to : {y.get(), other})
      cpu::winograd(x.data(), {}, transformed.get(), bias.data(), to, shape, nullptr, scratch.get(), 1,
                    cpu::serialFor);
    EXPECT_TRUE(std::equal(y.get(), y.get() + floats, other));
  });
}

// Weights beyond 12 MiB have larger blocks of tiles; each half of them, which has ordinary blocks, gives the
// same outputs.
TEST(Winograd, OutputDoesNotDependOnTilesPerBlock) {
  const WinogradCase whole{49, 50, 224, 224, Padding::reflect, true};
  WinogradCase half = whole;
  half.outputs = 112;
  const std::vector<float> bias = biasOf(whole, 0);
  forEachTarget([&](const char* target) {
    SCOPED_TRACE(target);
    const Convolved all = run(whole, bias, 1), some = run(half, bias, 1);
    EXPECT_TRUE(all == run(whole, bias, 2));
    std::size_t different = 0;
    for (std::size_t i = 0; i < some.y.size(); ++i) different += all.y[i / 112 * 224 + i % 112] != some.y[i];
    EXPECT_EQ(different, 0U);
  });
}

TEST(Winograd, Fp32OutputDoesNotDependOnThreadCount) {
  for (const WinogradCase& c : cases) {
    const Convolved one = run(c, biasOf(c, 0), 1), many = run(c, biasOf(c, 0), 5);
    EXPECT_EQ(one, many);
  }
}

// The transforms amplify the rounding noise of bf16's 8 bits: on white noise the PSNR is 26 dB (52 by a
// direct convolution). On pictures it is higher.
TEST(Winograd, Bf16KeepsWhiteNoiseTo24Decibels) {
  int targets = 0;
  forEachTarget([&](const char* target) {
    if (!cpu::haveBf16()) return;
    ++targets;
    for (WinogradCase c : cases) {
      SCOPED_TRACE(std::string(target) + ", " + std::to_string(c.height) + "x" + std::to_string(c.width));
      c.computeType = ComputeType::bf16;
      const std::vector<float> got = run(c, biasOf(c, 0), 1).y;
      const std::vector<double> expected = reference(c, biasOf(c, 0));
      double noise = 0, signal = 0;
      for (std::size_t i = 0; i < got.size(); ++i) {
        noise += std::pow(got[i] - expected[i], 2);
        signal += expected[i] * expected[i];
      }
      EXPECT_GT(10 * std::log10(signal / noise), 24);
    }
  });
  if (targets == 0) GTEST_SKIP() << "no AVX512-BF16 on this machine";
}

TEST(Winograd, Bf16OutputDoesNotDependOnThreadCount) {
  if (!cpu::haveBf16()) GTEST_SKIP() << "no AVX512-BF16 on this machine";
  for (WinogradCase c : cases) {
    c.computeType = ComputeType::bf16;
    EXPECT_EQ(run(c, biasOf(c, 0), 1).y, run(c, biasOf(c, 0), 5).y);
  }
}

TEST(Bf16, Bf16RoundsToNearestEven) {
  EXPECT_EQ(cpu::fromBf16(cpu::toBf16(1.0F)), 1.0F);
  EXPECT_EQ(cpu::fromBf16(cpu::toBf16(1.0F + 0x1p-8F)), 1.0F);
  EXPECT_EQ(cpu::fromBf16(cpu::toBf16(1.0F + 0x3p-8F)), 1.0F + 0x1p-6F);
  EXPECT_EQ(cpu::fromBf16(cpu::toBf16(-1.0F - 0x1.8p-8F)), -1.0F - 0x1p-7F);
  EXPECT_EQ(cpu::fromBf16(cpu::toBf16(0.0F)), 0.0F);
  for (const std::uint32_t bits : {0x7FFFFFFFU, 0xFFFFFFFFU, 0x7F800001U})
    EXPECT_TRUE(std::isnan(cpu::fromBf16(cpu::toBf16(std::bit_cast<float>(bits)))));
}

}  // namespace
}  // namespace cut::tests
