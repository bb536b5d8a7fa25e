// SPDX-License-Identifier: MIT
// Going on from a saved state equals never having stopped, bit for bit.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <utility>

#include "cuttranslate/error.hpp"
#include "nets/initialise.hpp"
#include "nets/resnet_generator.hpp"
#include "trainer/methods/cut_method.hpp"
#include "trainer/methods/moving_average.hpp"

namespace cut::trainer {
namespace {

struct Trainer {
  explicit Trainer(AugmentationPolicy policy = {}) {
    options.diffAugment = std::move(policy);
    at::Generator random = at::make_generator<at::CPUGeneratorImpl>(1);
    for (torch::nn::Module* module : {static_cast<torch::nn::Module*>(generator.get()),
                                      static_cast<torch::nn::Module*>(discriminator.get()),
                                      static_cast<torch::nn::Module*>(sampler.get())})
      nets::initialise(*module, nets::Initialisation::xavier, 0.5, random);
    step = std::make_unique<CutMethod>(generator, discriminator, sampler, options);
  }

  // Steps [begin, end) with data and random draws that depend on the step alone.
  void run(int begin, int end) {
    for (int t = begin; t < end; ++t) {
      RandomDraws draws;
      draws.random = at::make_generator<at::CPUGeneratorImpl>(100U + static_cast<unsigned>(t));
      const auto image = [&] {
        return at::rand({1, 3, 16, 16}, draws.random, at::TensorOptions(at::kFloat)) * 2 - 1;
      };
      const at::Tensor a = image();
      const at::Tensor b = image();
      step->run(a, b, draws);
    }
  }

  CutOptions options{.flipEquivariance = true, .nceLayers = {0, 4, 8}, .patches = 16};
  std::shared_ptr<nets::ResnetGenerator> generator =
      std::make_shared<nets::ResnetGenerator>(GeneratorSpec{.blocks = 1, .ngf = 4});
  std::shared_ptr<nets::Discriminator> discriminator = std::make_shared<nets::Discriminator>(
      nets::DiscriminatorSpec{.netD = nets::NetD::nLayers, .ndf = 4, .layers = 1});
  std::shared_ptr<nets::PatchSampler> sampler =
      std::make_shared<nets::PatchSampler>(std::vector<std::int64_t>{3, 8, 16}, 8, /*heads=*/true);
  std::unique_ptr<CutMethod> step;
};

TEST(Resume, RestoredMethodEqualsAnUninterruptedOne) {
  Trainer whole;
  whole.run(0, 6);
  Trainer first;
  first.run(0, 3);
  Trainer second;
  second.step->restore(first.step->state());
  second.run(3, 6);
  EXPECT_EQ(whole.step->state(), second.step->state());
}

TEST(Resume, RestoredMethodWithAugmentationEqualsAnUninterruptedOne) {
  const AugmentationPolicy policy{Augmentation::translation, Augmentation::cutout, Augmentation::color};
  Trainer whole(policy), first(policy), second(policy), plain;
  whole.run(0, 6);
  first.run(0, 3);
  second.step->restore(first.step->state());
  second.run(3, 6);
  EXPECT_EQ(whole.step->state(), second.step->state());
  plain.run(0, 6);
  EXPECT_NE(whole.step->state(), plain.step->state());
}

TEST(Resume, StateOfOtherNetworksThrows) {
  Trainer trainer;
  trainer.run(0, 1);
  StateDict state = trainer.step->state();
  state.erase(state.begin());
  EXPECT_THROW(trainer.step->restore(state), Error);
  state = trainer.step->state();
  for (auto& [name, tensor] : state)
    if (name == "optimizer_G.0.exp_avg") tensor = fromFloats({1}, {0});
  EXPECT_THROW(trainer.step->restore(state), Error);
}

TEST(Resume, RestoreClearsOptimizerStateOfLaterSteps) {
  Trainer fresh;
  const StateDict start = fresh.step->state();
  Trainer used;
  used.run(0, 2);
  used.step->restore(start);
  EXPECT_EQ(used.step->state(), start);
}

TEST(MovingAverage, FollowsTheWeightsAndResumes) {
  nets::ResnetGenerator generator({.blocks = 1, .ngf = 2});
  MovingAverage average(generator, 0.9);
  const at::NoGradGuard noGrad;
  for (auto& parameter : generator.parameters()) parameter.fill_(1);
  average.update();
  // The first decay is 1 / 10: (1 - 0.1) * 1.
  EXPECT_FLOAT_EQ(toFloats(average.weights().front().second).front(), 0.9F);
  MovingAverage other(generator, 0.9);
  other.restore(average.weights(), average.steps());
  average.update();
  other.update();
  EXPECT_EQ(average.weights(), other.weights());
  EXPECT_THROW(MovingAverage(generator, 1), Error);
}

}  // namespace
}  // namespace cut::trainer
