// SPDX-License-Identifier: MIT
// The int8 microkernel against plain sums, and int8 Winograd convolutions, on every instruction set that has
// them.
#include "kernels/base/cpu_features.hpp"
#include "kernels/conv/convolution.hpp"
#include "kernels/conv/winograd/activation_range.hpp"
#include "kernels/conv/winograd/winograd_gemm.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "backends/cpu/int8_calibration.hpp"
#include "kernels/base/aligned_floats.hpp"
#include "kernels/conv/winograd/winograd.hpp"
#include "map_reference.hpp"
#include "targets.hpp"

namespace cut::tests {
namespace {

using cpu::channelGroup;
using cpu::Int8PanelHeader;

// Bytes that are aligned to a cache line.
struct Bytes {
  explicit Bytes(std::int64_t count) : memory(cpu::makeAlignedFloats(count / 4 + 1)) {}
  std::uint8_t* data() const { return reinterpret_cast<std::uint8_t*>(memory.get()); }
  cpu::AlignedFloats memory;
};

// Panels of extreme and random weights, and tiles of extreme and random inputs.
class Int8Gemm {
 public:
  Int8Gemm(std::int64_t rows, std::int64_t panels, std::int64_t groups)
      : rows_(rows),
        panels_(panels),
        groups_(groups),
        in_(groups * rows * channelGroup),
        weights_(panels * panelSize()),
        out_(rows * cpu::chunkChannels * 4) {
    std::mt19937 random(7);
    for (std::int64_t i = 0; i < groups * rows * channelGroup; ++i)
      in_.data()[i] = static_cast<std::uint8_t>(i % 3 == 0 ? 255 : random());
    for (std::int64_t p = 0; p < panels; ++p) {
      for (std::int64_t i = 0; i < panelSize(); ++i)
        weights_.data()[p * panelSize() + i] = static_cast<std::uint8_t>(i % 5 < 2 ? 129 : random());
      for (std::int64_t lane = 0; lane < channelGroup; ++lane) {
        head(p).scale[lane] = static_cast<float>(lane + 1) / 64;
        head(p).offset[lane] = static_cast<std::int32_t>(1000 * p - 77 * lane);
      }
    }
  }

  void run() {
    cpu::int8Microkernel().run(rows_, panels_,
                               {in_.data(), rows_ * channelGroup, groups_, weights_.data(),
                                reinterpret_cast<float*>(out_.data()), weights_.data()});
  }

  float got(std::int64_t row, std::int64_t panel, std::int64_t lane) const {
    return reinterpret_cast<const float*>(
        out_.data())[row * cpu::chunkChannels + panel * channelGroup + lane];
  }

  float expected(std::int64_t row, std::int64_t panel, std::int64_t lane) const {
    std::int64_t sum = head(panel).offset[lane];
    for (std::int64_t c = 0; c < groups_ * channelGroup; ++c) {
      const std::uint8_t weight = weights_.data()[panel * panelSize() + cpu::headerElements<std::uint8_t> +
                                                  (c / 4 * channelGroup + lane) * 4 + c % 4];
      sum += in_.data()[(c / channelGroup * rows_ + row) * channelGroup + c % channelGroup] *
             static_cast<std::int8_t>(weight);
    }
    return static_cast<float>(sum) * head(panel).scale[lane];
  }

 private:
  std::int64_t panelSize() const { return cpu::panelElements<std::uint8_t>(groups_); }
  Int8PanelHeader& head(std::int64_t panel) const {
    return *reinterpret_cast<Int8PanelHeader*>(weights_.data() + panel * panelSize());
  }

  std::int64_t rows_, panels_, groups_;
  Bytes in_, weights_, out_;
};

TEST(Int8Kernel, Int8MicrokernelSumsAreExact) {
  int targets = 0;
  forEachTarget([&](const char* target) {
    if (!cpu::haveInt8()) return;
    ++targets;
    const auto kernel = cpu::int8Microkernel();
    for (std::int64_t rows = 1; rows <= kernel.maxRows; ++rows)
      for (std::int64_t panels = 1; panels <= kernel.maxPanels; ++panels)
        for (const std::int64_t groups : {1, 3, 16}) {
          SCOPED_TRACE(std::string(target) + ", " + std::to_string(rows) + " x " + std::to_string(panels));
          Int8Gemm products(rows, panels, groups);
          products.run();
          for (std::int64_t row = 0; row < rows; ++row)
            for (std::int64_t panel = 0; panel < panels; ++panel)
              for (std::int64_t lane = 0; lane < channelGroup; ++lane)
                EXPECT_EQ(products.got(row, panel, lane), products.expected(row, panel, lane));
        }
  });
  if (targets == 0) GTEST_SKIP() << "no AVX512-VNNI on this machine";
}

struct Int8Case {
  std::int64_t height, width, inputs, outputs;
  cpu::Padding padding;
  bool norm;
  bool upsample2x = false;
};

// As in winograd_test.cpp, for tiles of 4x4.
const std::vector<Int8Case> cases{
    {2, 2, 1, 1, cpu::Padding::reflect, false},       {4, 4, 16, 16, cpu::Padding::zeros, true},
    {7, 5, 3, 40, cpu::Padding::reflect, true},       {13, 20, 33, 17, cpu::Padding::zeros, false},
    {8, 8, 20, 100, cpu::Padding::reflect, true},     {40, 61, 5, 9, cpu::Padding::zeros, true},
    {2, 2, 3, 5, cpu::Padding::zeros, false, true},   {14, 26, 18, 33, cpu::Padding::zeros, true, true},
    {48, 62, 5, 9, cpu::Padding::zeros, false, true},
};

class Int8Layer {
 public:
  explicit Int8Layer(const Int8Case& c) : case_(c), x_(randomFloats(inputShape().floats(), 1)) {}

  cpu::WinogradShape shape(cpu::ComputeType computeType) const {
    return {case_.height,
            case_.width,
            cpu::paddedChannels(case_.inputs),
            cpu::paddedChannels(case_.outputs),
            case_.padding,
            computeType,
            case_.upsample2x};
  }

  std::vector<float> run(cpu::ComputeType computeType, std::int64_t threads = 1) const {
    const cpu::WinogradShape s = shape(computeType);
    const TestNorm norm(s.inChannels, case_.norm);
    std::vector<float> absmax(at(36 * s.inChannels));
    cpu::transformedAbsmax(x_.data(), norm.norm(), shape(cpu::ComputeType::int8), absmax.data(),
                           cpu::serialFor);
    const cpu::Int8Ranges ranges = cpu::rangesOf(absmax, case_.inputs, s.inChannels);
    const std::vector<float> weights = randomFloats(case_.outputs * case_.inputs * 9, 2, 0.2F);
    const auto packed = cpu::makeAlignedFloats(s.weights());
    cpu::winogradWeights(cpu::denseKernels(weights.data(), case_.outputs, case_.inputs), packed.get(), s,
                         cpu::serialFor, {ranges.channels.data(), ranges.tileElements.data()});
    const auto scratch = cpu::makeAlignedFloats(cpu::winogradScratch(s, threads));
    const std::vector<float> bias = randomFloats(s.outChannels, 3);
    std::vector<float> y(at(case_.height * case_.width * s.outChannels));
    cpu::winograd(x_.data(), norm.norm(), packed.get(), bias.data(), y.data(), s, nullptr, scratch.get(),
                  threads, cpu::serialFor);
    return y;
  }

 private:
  cpu::MapShape inputShape() const {
    const std::int64_t divisor = case_.upsample2x ? 2 : 1;
    return {case_.height / divisor, case_.width / divisor, cpu::paddedChannels(case_.inputs)};
  }

  Int8Case case_;
  std::vector<float> x_;
};

// The fp32 convolution is checked in winograd_test.cpp.
TEST(Winograd, Int8KeepsWhiteNoiseTo27Decibels) {
  int targets = 0;
  forEachTarget([&](const char* target) {
    if (!cpu::haveInt8()) return;
    ++targets;
    for (const Int8Case& c : cases) {
      SCOPED_TRACE(std::string(target) + ", " + std::to_string(c.height) + "x" + std::to_string(c.width));
      const Int8Layer layer(c);
      const std::vector<float> got = layer.run(cpu::ComputeType::int8);
      const std::vector<float> expected = layer.run(cpu::ComputeType::fp32);
      double noise = 0, signal = 0;
      for (std::size_t i = 0; i < got.size(); ++i) {
        noise += std::pow(got[i] - expected[i], 2);
        signal += std::pow(expected[i], 2);
      }
      EXPECT_GT(10 * std::log10(signal / noise), 27);
    }
  });
  if (targets == 0) GTEST_SKIP() << "no AVX512-VNNI on this machine";
}

TEST(Winograd, Int8OutputDoesNotDependOnThreadCount) {
  if (!cpu::haveInt8()) GTEST_SKIP() << "no AVX512-VNNI on this machine";
  for (const Int8Case& c : cases) {
    const Int8Layer layer(c);
    EXPECT_EQ(layer.run(cpu::ComputeType::int8, 1), layer.run(cpu::ComputeType::int8, 5));
  }
}

TEST(Int8Ranges, Int8RangesCoverAbsmaxWithTenPercentHeadroom) {
  std::vector<float> absmax(36 * 16);
  for (std::size_t f = 0; f < 36; ++f) {
    absmax[f * 16] = static_cast<float>(f + 1);
    absmax[f * 16 + 1] = 1000;
  }
  const cpu::Int8Ranges ranges = cpu::rangesOf(absmax, 3, 16);
  ASSERT_EQ(ranges.channels.size(), 3U);
  for (std::size_t f = 0; f < 36; ++f)
    for (std::size_t c = 0; c < 3; ++c)
      EXPECT_GE(ranges.channels[c] * ranges.tileElements[f], 1.09F * absmax[f * 16 + c]);
  EXPECT_GT(ranges.channels[2], 0) << "a channel that was always 0";
}

}  // namespace
}  // namespace cut::tests
