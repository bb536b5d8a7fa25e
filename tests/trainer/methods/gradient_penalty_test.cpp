// SPDX-License-Identifier: MIT
// The gradient penalties, wgangp's and R1, against a discriminator whose slope is known.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "cuttranslate/error.hpp"
#include "nets/initialise.hpp"
#include "nets/resnet_generator.hpp"
#include "trainer/methods/cut_method.hpp"

namespace cut::trainer {
namespace {

constexpr int side = 16;

class GradientPenalty : public testing::Test {
 protected:
  GradientPenalty() {
    nets::initialise(*generator_, nets::Initialisation::xavier, 0.5, random_);
    options_.ganMode = nets::GanMode::wgangp;
    options_.lambdaNce = 0;
    options_.nceIdentity = false;
  }

  // Every unit of the pixel discriminator above zero for every image: it is a linear function of the pixels,
  // with the same slope everywhere. The length of that, over all pixels and channels.
  double makeLinear(double slope) {
    const at::NoGradGuard noGrad;
    for (auto& entry : discriminator_->named_parameters()) {
      if (entry.value().dim() == 4)
        entry.value().fill_(slope);
      else
        entry.value().fill_(10);
    }
    const double ofOneChannel = slope * slope * slope * 4 * 8;  // every path through 4 and 8 units
    return std::sqrt(3.0 * side * side) * ofOneChannel;
  }

  CutLosses run(CutMethod& step) {
    RandomDraws draws;
    draws.random = random_;
    return step.run(image(), image(), draws);
  }

  at::Tensor image() { return at::rand({2, 3, side, side}, random_, at::TensorOptions(at::kFloat)) * 2 - 1; }

  at::Generator random_ = at::make_generator<at::CPUGeneratorImpl>(5);
  std::shared_ptr<nets::ResnetGenerator> generator_ =
      std::make_shared<nets::ResnetGenerator>(GeneratorSpec{.blocks = 1, .ngf = 4});
  std::shared_ptr<nets::Discriminator> discriminator_ = std::make_shared<nets::Discriminator>(
      nets::DiscriminatorSpec{.netD = nets::NetD::pixel, .ndf = 4, .norm = Norm::none});
  std::shared_ptr<nets::PatchSampler> sampler_ =
      std::make_shared<nets::PatchSampler>(std::vector<std::int64_t>{3}, 8, /*heads=*/false);
  CutOptions options_;
};

TEST_F(GradientPenalty, IsLambdaTimesTheSquaredDeviationOfTheNormFromOne) {
  for (const double slope : {0.05, 0.2}) {
    const double length = makeLinear(slope);
    CutMethod step(generator_, discriminator_, sampler_, options_);
    const double expected = 10 * (length - 1) * (length - 1);
    EXPECT_NEAR(run(step).penalty, expected, 1e-4 * expected);
  }
}

TEST_F(GradientPenalty, TrainingBringsTheGradientNormToOne) {
  makeLinear(0.2);
  options_.lambdaGp = 1000;
  options_.learningRate = 2e-3;
  CutMethod step(generator_, discriminator_, sampler_, options_);
  const double first = run(step).penalty;
  double last = first;
  for (int i = 0; i < 120; ++i) last = run(step).penalty;
  EXPECT_LT(last, 1e-2 * first);
}

TEST_F(GradientPenalty, IsZeroWithoutLambdaOrWithAnotherGanMode) {
  makeLinear(0.2);
  options_.lambdaGp = 0;
  CutMethod without(generator_, discriminator_, sampler_, options_);
  EXPECT_EQ(run(without).penalty, 0);
  options_.lambdaGp = 10;
  options_.ganMode = nets::GanMode::lsgan;
  CutMethod other(generator_, discriminator_, sampler_, options_);
  EXPECT_EQ(run(other).penalty, 0);
}

TEST_F(GradientPenalty, R1IsHalfTheSquaredNormTimesLambda) {
  options_.ganMode = nets::GanMode::nonsaturating;
  for (const double lambda : {1.0, 3.0}) {
    const double length = makeLinear(0.1);
    options_.lambdaR1 = lambda;
    CutMethod step(generator_, discriminator_, sampler_, options_);
    const double expected = lambda / 2 * length * length;
    EXPECT_NEAR(run(step).r1, expected, 1e-4 * expected);
  }
}

TEST_F(GradientPenalty, TrainingWithR1FlattensTheDiscriminator) {
  makeLinear(0.2);
  options_.ganMode = nets::GanMode::nonsaturating;
  options_.lambdaR1 = 100;
  options_.learningRate = 2e-3;
  CutMethod step(generator_, discriminator_, sampler_, options_);
  const double first = run(step).r1;
  double last = first;
  for (int i = 0; i < 240; ++i) last = run(step).r1;
  EXPECT_LT(last, 1e-2 * first);
}

TEST_F(GradientPenalty, R1HasAColumnOnlyWhereItCounts) {
  const auto hasColumn = [this] {
    const CutMethod method(generator_, discriminator_, sampler_, options_);
    return std::ranges::any_of(method.lossColumns(),
                               [](const auto& column) { return column.name == "D_R1"; });
  };
  EXPECT_FALSE(hasColumn());
  options_.lambdaR1 = 1;
  EXPECT_TRUE(hasColumn());
  options_.lambdaR1 = -1;
  EXPECT_THROW(hasColumn(), Error);
}

}  // namespace
}  // namespace cut::trainer
