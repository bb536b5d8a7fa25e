// The warm start of trainer/methods/reconstruction_step.
#include "trainer/methods/reconstruction_step.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "cuttranslate/error.hpp"
#include "trainer/methods/colour.hpp"

namespace cut::trainer {
namespace {

TEST(Reconstruction, RateRisesAndThenFalls) {
  const auto rate = [](std::int64_t number) { return ReconstructionStep::rateOf(number, 100); };
  EXPECT_DOUBLE_EQ(rate(0), 1e-3 / 20);
  EXPECT_DOUBLE_EQ(rate(9), 1e-3 / 2 * 0.91);
  EXPECT_DOUBLE_EQ(rate(50), 1e-3 / 2);
  EXPECT_NEAR(rate(99), 1e-3 / 100, 1e-12);
  for (std::int64_t number = 1; number < 20; ++number) EXPECT_GT(rate(number), rate(number - 1));
  for (std::int64_t number = 20; number < 100; ++number) EXPECT_LT(rate(number), rate(number - 1));
}

TEST(Reconstruction, IsAsShortAsOneStep) {
  EXPECT_EQ(ReconstructionStep::rateOf(0, 1), ReconstructionStep::rate);
}

TEST(Reconstruction, NeedsAsManyChannelsOutAsIn) {
  GeneratorSpec spec{.blocks = 1, .ngf = 4};
  spec.inputChannels = 1;
  const auto generator = std::make_shared<nets::ResnetGenerator>(spec);
  EXPECT_THROW(ReconstructionStep(generator, 10, false), Error);
}

TEST(Reconstruction, MayWantWeakerColoursOfA) {
  const auto generator = std::make_shared<nets::ResnetGenerator>(GeneratorSpec{.blocks = 1, .ngf = 4});
  const at::Tensor a = at::rand({1, 3, 16, 16}) - 0.5, b = at::rand({1, 3, 16, 16}) - 0.5;
  const auto distance = [&](const at::Tensor& images, const at::Tensor& wanted) {
    const at::NoGradGuard noGrad;
    return (generator->forward(images) - wanted).abs().mean().item<double>() / 2;
  };
  const double expected = distance(a, withColourGain(a, 0.25)) + distance(b, b);
  ReconstructionStep step(generator, 10, false);
  step.setColourGain(0.25);
  EXPECT_NEAR(step.run(a, b, 0), expected, 1e-6);
}

}  // namespace
}  // namespace cut::trainer
