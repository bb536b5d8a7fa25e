// SPDX-License-Identifier: MIT
// The losses that compare pixels, against their definitions.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <cmath>

#include "cuttranslate/error.hpp"
#include "nets/initialise.hpp"
#include "nets/resnet_generator.hpp"
#include "trainer/methods/chroma.hpp"
#include "trainer/methods/cut_method.hpp"

namespace cut::trainer {
namespace {

class PixelLosses : public testing::TestWithParam<bool> {
 protected:
  PixelLosses() {
    nets::initialise(*generator_, nets::Initialisation::xavier, 0.5, random_);
    options_.lambdaGan = 0;
    options_.lambdaNce = 0;
    options_.flipEquivariance = true;
  }

  // What the step says of A and B, mirrored where the parameter says so.
  CutLosses run() {
    CutMethod step(generator_, discriminator_, sampler_, options_);
    RandomDraws draws;
    draws.random = random_;
    draws.flip = GetParam();
    return step.run(a_, b_, draws);
  }

  double difference(const at::Tensor& images) {
    const at::NoGradGuard noGrad;
    const at::Tensor seen = GetParam() ? images.flip({3}) : images;
    return (generator_->forward(seen) - seen).abs().mean().item<double>();
  }

  at::Tensor image() { return at::rand({2, 3, 16, 20}, random_, at::TensorOptions(at::kFloat)) * 2 - 1; }

  at::Generator random_ = at::make_generator<at::CPUGeneratorImpl>(7);
  std::shared_ptr<nets::ResnetGenerator> generator_ =
      std::make_shared<nets::ResnetGenerator>(GeneratorSpec{.blocks = 1, .ngf = 4});
  std::shared_ptr<nets::Discriminator> discriminator_ = std::make_shared<nets::Discriminator>(
      nets::DiscriminatorSpec{.netD = nets::NetD::nLayers, .ndf = 4, .layers = 1});
  std::shared_ptr<nets::PatchSampler> sampler_ =
      std::make_shared<nets::PatchSampler>(std::vector<std::int64_t>{3, 8}, 8, /*heads=*/false);
  CutOptions options_;
  at::Tensor a_ = image(), b_ = image();
};

TEST_P(PixelLosses, SelfRegularisationIsTheL1OfA) {
  options_.lambdaSelf = 2.5;
  const double expected = 2.5 * difference(a_);
  const CutLosses losses = run();
  EXPECT_NEAR(losses.self, expected, 1e-5 * expected);
  EXPECT_EQ(losses.total, losses.self);
  EXPECT_LT(2.5 * difference(a_), expected) << "the step does not follow the loss";
}

TEST_P(PixelLosses, IdentityLossIsTheL1OfB) {
  options_.lambdaIdentity = 1.5;
  const double expected = 1.5 * difference(b_);
  const CutLosses losses = run();
  EXPECT_NEAR(losses.identity, expected, 1e-5 * expected);
  EXPECT_EQ(losses.total, losses.identity);
  EXPECT_LT(1.5 * difference(b_), expected) << "the step does not follow the loss";
}

// Uncropped images of two domains: each gets a pass of its own, with the losses that it would have beside any
// other.
TEST_P(PixelLosses, DomainsOfTwoSizesHaveTheirOwnLosses) {
  options_.lambdaNce = 1;
  options_.lambdaIdentity = 1.5;
  options_.lambdaSelf = 2.5;
  options_.nceLayers = {0, 4};
  const double expectedA = 2.5 * difference(a_);
  b_ = at::rand({2, 3, 24, 16}, random_, at::TensorOptions(at::kFloat)) * 2 - 1;
  const double expectedB = 1.5 * difference(b_);
  const CutLosses losses = run();
  EXPECT_NEAR(losses.self, expectedA, 1e-5 * expectedA);
  EXPECT_NEAR(losses.identity, expectedB, 1e-5 * expectedB);
  EXPECT_GT(losses.nce, 0);
  EXPECT_GT(losses.nceY, 0);
}

TEST_P(PixelLosses, NegativeLambdasThrow) {
  options_.lambdaSelf = -1;
  EXPECT_THROW(run(), Error);
  options_.lambdaSelf = 0;
  options_.lambdaColour = -1;
  EXPECT_THROW(run(), Error);
}

TEST_P(PixelLosses, ColourLossIgnoresLuma) {
  options_.lambdaColour = 2.5;
  const auto expected = [&] {
    const at::NoGradGuard noGrad;
    const at::Tensor seen = GetParam() ? a_.flip({3}) : a_;
    return 2.5 * chroma(generator_->forward(seen) - seen).abs().mean().item<double>();
  };
  const double before = expected();
  const CutLosses losses = run();
  EXPECT_NEAR(losses.colour, before, 1e-5 * before);
  EXPECT_EQ(losses.total, losses.colour);
  EXPECT_LT(expected(), before) << "the step does not follow the loss";
}

TEST_P(PixelLosses, ColourLossScalesItsTargetBySaturation) {
  options_.lambdaColour = 2.5;
  const auto expected = [&] {
    const at::NoGradGuard noGrad;
    const at::Tensor seen = GetParam() ? a_.flip({3}) : a_;
    return 2.5 * chroma(generator_->forward(seen) - 0.5 * seen).abs().mean().item<double>();
  };
  const double before = expected();
  CutMethod step(generator_, discriminator_, sampler_, options_);
  step.setSaturation(0.5);
  RandomDraws draws;
  draws.random = random_;
  draws.flip = GetParam();
  EXPECT_NEAR(step.run(a_, b_, draws).colour, before, 1e-5 * before);
  EXPECT_LT(expected(), before) << "the step does not follow the loss";
}

TEST_P(PixelLosses, DiscriminatorSeesSubsampledChroma) {
  options_.lambdaGan = 1;
  options_.colourScaleD = 4;
  nets::initialise(*discriminator_, nets::Initialisation::xavier, 1, random_);
  const auto judged = [&](const at::Tensor& images) {
    const at::NoGradGuard noGrad;
    return nets::ganLoss(options_.ganMode, discriminator_->forward(images), nets::GanTarget::real)
        .item<double>();
  };
  const double expected = judged(withSubsampledChroma(b_, 4)), plain = judged(b_);
  EXPECT_NEAR(run().real, expected, 1e-5);
  EXPECT_GT(std::abs(plain - expected), 1e-3);
}

INSTANTIATE_TEST_SUITE_P(Mirrored, PixelLosses, testing::Bool());

TEST(Saturation, KeepsLumaAndGrey) {
  const at::Tensor images = at::rand({2, 3, 8, 12}) * 2 - 1, weaker = withSaturation(images, 0.25);
  EXPECT_TRUE(chroma(weaker).allclose(0.25 * chroma(images), 1e-5, 1e-6));
  EXPECT_TRUE((weaker - chroma(weaker)).allclose(images - chroma(images), 1e-5, 1e-6));
  EXPECT_TRUE(withSaturation(images, 1).equal(images));
}

TEST(ChromaSubsampling, HidesFringesAndKeepsLuma) {
  const at::Tensor images = at::rand({2, 3, 8, 12}) * 2 - 1;
  const at::Tensor noLuma = at::tensor({0.114F, 0.F, -0.299F}).view({1, 3, 1, 1});
  const at::Tensor sign = at::arange(12).remainder(2).mul(2).sub(1).view({1, 1, 1, 12});
  const at::Tensor coarse = withSubsampledChroma(images, 4);
  EXPECT_TRUE(withSubsampledChroma(images + sign * noLuma, 4).allclose(coarse, 1e-5, 1e-6));
  EXPECT_FALSE(withSubsampledChroma(images + noLuma, 4).allclose(coarse, 1e-5, 1e-2));
  const auto luma = [](const at::Tensor& x) { return x - chroma(x); };
  EXPECT_TRUE(luma(coarse).allclose(luma(images), 1e-5, 1e-6));
  EXPECT_FALSE(coarse.allclose(images, 1e-5, 1e-2));
  EXPECT_TRUE(withSubsampledChroma(images, 0).allclose(luma(images), 1e-5, 1e-6));
}

TEST(ChromaSubsampling, IsTheIdentityWhereThereIsNothingToAverage) {
  const at::Tensor images = at::rand({1, 3, 8, 12}), grey = at::rand({1, 1, 8, 12});
  EXPECT_TRUE(withSubsampledChroma(images, 1).equal(images));
  EXPECT_TRUE(withSubsampledChroma(grey, 4).equal(grey));
  EXPECT_EQ(chroma(grey).abs().max().item<float>(), 0);
  const at::Tensor even = at::tensor({0.5F, -0.25F, 0.1F}).view({1, 3, 1, 1}).expand({1, 3, 7, 10});
  EXPECT_TRUE(withSubsampledChroma(even, 4).allclose(even, 1e-5, 1e-6)) << "squares cut by the border";
}

}  // namespace
}  // namespace cut::trainer
