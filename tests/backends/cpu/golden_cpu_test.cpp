// SPDX-License-Identifier: MIT
// The generators of the golden set, and the shipped model, through libcuttranslate's facade and the
// engine module cpu.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>

#include "cuttranslate/engine.hpp"
#include "cuttranslate/model_file.hpp"
#include "golden.hpp"
#include "golden_translation.hpp"
#include "kernels/base/cpu_features.hpp"

namespace cut {
namespace {

// haveBf16() and the like must be under the same CUT_CPU_ISA cap here as in the module.
[[maybe_unused]] const bool capped = (cpu::applyIsaCap(), true);

class GoldenCpu : public testing::TestWithParam<test::GoldenCase> {
 protected:
  // Bounds the largest difference from the reference's output, and checks the PSNR that the precision
  // promises.
  void expectWithin(double bound, Precision precision) const {
    const auto translation = test::translateGolden(GetParam(), {.engine = "cpu", .precision = precision});
    if (!translation.misfit.empty()) GTEST_SKIP() << translation.misfit;
    const std::vector<float>&got = translation.got, &expected = translation.expected;
    double worst = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      const double difference = std::abs(static_cast<double>(got[i]) - expected[i]);
      if (!(difference <= worst)) worst = difference;  // NaN too
    }
    const double kept = psnr(got, expected);
    EXPECT_LE(worst, bound);
    EXPECT_GE(kept, promisedPsnr(precision));
    std::cout << "largest difference " << worst << ", PSNR " << kept << " dB\n";
  }
};

TEST_P(GoldenCpu, CpuOutputMatchesTheReference) {
  expectWithin(1e-4, Precision::fp32);
}

class GoldenCpuInTf32 : public GoldenCpu {};

TEST_P(GoldenCpuInTf32, CpuTf32OutputMatchesTheReference) {
  if (!cpu::haveAmx()) GTEST_SKIP() << "no AMX on this machine";
  expectWithin(1e-3, Precision::tf32);
}

struct Kept {
  double psnr;
  float worstLevels;
};

// A real frame through the trained weights that the demo ships.
Kept shippedFrame(const EngineOptions& options) {
  const StateDict tensors = readStateDict(CUT_SHIPPED_FRAME);
  const Tensor& frame = *find(tensors, "frame");  // (240, 320, 3) uint8
  const std::vector<float> expected = toFloats(*find(tensors, "output"));
  const auto model = SharedModel::open(CUT_SHIPPED_MODEL, options);
  model->verify();
  const auto stream = model->makeStream();
  const int height = static_cast<int>(frame.shape[0]);
  const int width = static_cast<int>(frame.shape[1]);
  stream->configure({width, height});

  const std::size_t pixels = expected.size() / 3;
  std::vector<float> in(expected.size());
  for (std::size_t i = 0; i < in.size(); ++i)
    in[i] = static_cast<float>(std::to_integer<int>(frame.data[i % pixels * 3 + i / pixels])) / 127.5F - 1;
  std::vector<float> got(expected.size());
  stream->translate(in, got);
  std::vector<std::uint8_t> bytes(frame.data.size());
  stream->translate(
      ImageView{reinterpret_cast<const std::uint8_t*>(frame.data.data()), 3 * width, width, height, {}},
      MutableImageView{bytes.data(), 3 * width, width, height, {}});

  double squares = 0;
  float worstLevels = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double difference = static_cast<double>(got[i]) - expected[i];
    squares += difference * difference;
    const float level = std::round((std::clamp(expected[i], -1.0F, 1.0F) + 1) * 127.5F);
    worstLevels =
        std::max(worstLevels, std::abs(static_cast<float>(bytes[i % pixels * 3 + i / pixels]) - level));
  }
  const double psnr = 10 * std::log10(4 * static_cast<double>(got.size()) / squares);
  std::cout << model->active().precision << ": PSNR " << psnr << " dB, at most " << worstLevels
            << " grey levels\n";
  return {psnr, worstLevels};
}

TEST(ShippedModelOnCpu, ShippedModelInFp32MatchesTheReference) {
  const Kept kept = shippedFrame({.engine = "cpu", .precision = Precision::fp32});
  EXPECT_GE(kept.psnr, promisedPsnr(Precision::fp32));
  EXPECT_LE(kept.worstLevels, 1);
}

TEST(ShippedModelOnCpu, ShippedModelInTf32KeepsPromisedPsnr) {
  if (!cpu::haveAmx()) GTEST_SKIP() << "no AMX on this machine";
  const Kept kept = shippedFrame({.engine = "cpu", .precision = Precision::tf32});
  EXPECT_GE(kept.psnr, promisedPsnr(Precision::tf32));
  EXPECT_LE(kept.worstLevels, 1);
}

TEST(ShippedModelOnCpu, ShippedModelInBf16KeepsPromisedPsnr) {
  if (!cpu::haveBf16()) GTEST_SKIP() << "no AVX512-BF16 on this machine";
  EXPECT_GE(shippedFrame({.engine = "cpu", .precision = Precision::bf16}).psnr,
            promisedPsnr(Precision::bf16));
}

TEST(ShippedModelOnCpu, ShippedModelInAutoKeepsPromisedPsnr) {
  EXPECT_GE(shippedFrame({.engine = "cpu"}).psnr, promisedPsnr(Precision::bf16));
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GoldenCpu);
INSTANTIATE_TEST_SUITE_P(Resnets, GoldenCpu, testing::ValuesIn(test::resnetCases()),
                         [](const auto& golden) { return test::testName(golden.param); });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GoldenCpuInTf32);
INSTANTIATE_TEST_SUITE_P(Resnets, GoldenCpuInTf32, testing::ValuesIn(test::resnetCases()),
                         [](const auto& golden) { return test::testName(golden.param); });
INSTANTIATE_TEST_SUITE_P(Unets, GoldenCpu, testing::ValuesIn(test::unetCases()),
                         [](const auto& golden) { return test::testName(golden.param); });
INSTANTIATE_TEST_SUITE_P(StyleGans, GoldenCpu, testing::ValuesIn(test::styleGanCases()),
                         [](const auto& golden) { return test::testName(golden.param); });

}  // namespace
}  // namespace cut
