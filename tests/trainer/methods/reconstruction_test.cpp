// SPDX-License-Identifier: MIT
// The warm-up of trainer/methods/reconstruction_method, and its learning-rate schedule.
#include "trainer/methods/reconstruction_method.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "cuttranslate/error.hpp"
#include "nets/resnet_generator.hpp"
#include "trainer/methods/chroma.hpp"
#include "trainer/schedule/learning_rate.hpp"

namespace cut::trainer {
namespace {

TEST(Reconstruction, WarmUpRateRisesAndThenDecays) {
  const auto rate = [](std::int64_t number) { return warmUpRate(number, 100); };
  EXPECT_DOUBLE_EQ(rate(0), 1e-3 / 20);
  EXPECT_DOUBLE_EQ(rate(9), 1e-3 / 2 * 0.91);
  EXPECT_DOUBLE_EQ(rate(50), 1e-3 / 2);
  EXPECT_NEAR(rate(99), 1e-3 / 100, 1e-12);
  for (std::int64_t number = 1; number < 20; ++number) EXPECT_GT(rate(number), rate(number - 1));
  for (std::int64_t number = 20; number < 100; ++number) EXPECT_LT(rate(number), rate(number - 1));
}

TEST(Reconstruction, WarmUpRateOfASingleStepIsThePeak) {
  EXPECT_EQ(warmUpRate(0, 1), warmUpPeakRate);
}

TEST(Reconstruction, OtherOutputThanInputChannelsThrow) {
  GeneratorSpec spec{.blocks = 1, .ngf = 4};
  spec.inputChannels = 1;
  const auto generator = std::make_shared<nets::ResnetGenerator>(spec);
  EXPECT_THROW(ReconstructionMethod(generator, false), Error);
}

TEST(Reconstruction, ScalesTheTargetSaturationOfA) {
  const auto generator = std::make_shared<nets::ResnetGenerator>(GeneratorSpec{.blocks = 1, .ngf = 4});
  const at::Tensor a = at::rand({1, 3, 16, 16}) - 0.5, b = at::rand({1, 3, 16, 16}) - 0.5;
  const auto distance = [&](const at::Tensor& images, const at::Tensor& wanted) {
    const at::NoGradGuard noGrad;
    return (generator->forward(images) - wanted).abs().mean().item<double>() / 2;
  };
  const double expected = distance(a, withSaturation(a, 0.25)) + distance(b, b);
  ReconstructionMethod method(generator, false);
  method.setSaturation(0.25);
  const StepResult result = method.step({a, b, at::Generator()});
  EXPECT_NEAR(result.losses.at(method.objectiveIndex()), expected, 1e-6);
}

}  // namespace
}  // namespace cut::trainer
