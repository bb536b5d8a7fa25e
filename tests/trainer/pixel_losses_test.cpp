// The losses that compare pixels, against their definitions.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include "cut/error.hpp"
#include "nets/initialise.hpp"
#include "trainer/step/cut_step.hpp"

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
  Losses run() {
    CutStep step(generator_, discriminator_, sampler_, options_);
    Chance chance;
    chance.random = random_;
    chance.flip = GetParam();
    return step.run(a_, b_, chance);
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
      nets::DiscriminatorSpec{.netD = "n_layers", .ndf = 4, .layers = 1});
  std::shared_ptr<nets::PatchSampler> sampler_ =
      std::make_shared<nets::PatchSampler>(std::vector<std::int64_t>{3, 8}, 8, /*heads=*/false);
  CutOptions options_;
  at::Tensor a_ = image(), b_ = image();
};

TEST_P(PixelLosses, OfAAreTheSelfRegularisation) {
  options_.lambdaSelf = 2.5;
  const double expected = 2.5 * difference(a_);
  const Losses losses = run();
  EXPECT_NEAR(losses.self, expected, 1e-5 * expected);
  EXPECT_EQ(losses.total, losses.self);
  EXPECT_LT(2.5 * difference(a_), expected) << "the step does not follow the loss";
}

TEST_P(PixelLosses, OfBAreTheIdentity) {
  options_.lambdaIdentity = 1.5;
  const double expected = 1.5 * difference(b_);
  const Losses losses = run();
  EXPECT_NEAR(losses.identity, expected, 1e-5 * expected);
  EXPECT_EQ(losses.total, losses.identity);
  EXPECT_LT(1.5 * difference(b_), expected) << "the step does not follow the loss";
}

// Uncropped images of two domains: each gets a pass of its own, with the losses that it would have beside any
// other.
TEST_P(PixelLosses, OfImagesOfTwoSizesAreThoseOfEach) {
  options_.lambdaNce = 1;
  options_.lambdaIdentity = 1.5;
  options_.lambdaSelf = 2.5;
  options_.nceLayers = {0, 4};
  const double expectedA = 2.5 * difference(a_);
  b_ = at::rand({2, 3, 24, 16}, random_, at::TensorOptions(at::kFloat)) * 2 - 1;
  const double expectedB = 1.5 * difference(b_);
  const Losses losses = run();
  EXPECT_NEAR(losses.self, expectedA, 1e-5 * expectedA);
  EXPECT_NEAR(losses.identity, expectedB, 1e-5 * expectedB);
  EXPECT_GT(losses.nce, 0);
  EXPECT_GT(losses.nceY, 0);
}

TEST_P(PixelLosses, AreNotNegative) {
  options_.lambdaSelf = -1;
  EXPECT_THROW(run(), Error);
}

INSTANTIATE_TEST_SUITE_P(Mirrored, PixelLosses, testing::Bool());

}  // namespace
}  // namespace cut::trainer
