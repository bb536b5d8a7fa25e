// SPDX-License-Identifier: MIT
#include "nets/initialise.hpp"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <cmath>

#include "nets/discriminator.hpp"
#include "nets/generator.hpp"
#include "nets/resnet_generator.hpp"

namespace cut::nets {
namespace {

at::Generator seeded() {
  return at::make_generator<at::CPUGeneratorImpl>(3);
}

double deviation(const at::Tensor& x) {
  return x.std().item<double>();
}

TEST(Initialise, StandardDeviationIsThatOfEachRule) {
  ResnetGenerator generator({.blocks = 1, .ngf = 32});
  const at::Tensor weight =
      *generator.named_parameters().find("model.12.conv_block.1.weight");  // (128, 128, 3, 3)
  const double fan = 128 * 9;
  const std::pair<Initialisation, double> expected[] = {{Initialisation::xavier, 0.02 / std::sqrt(fan)},
                                                        {Initialisation::normal, 0.02},
                                                        {Initialisation::kaiming, std::sqrt(2 / fan)}};
  for (const auto& [kind, spread] : expected) {
    at::Generator random = seeded();
    initialise(generator, kind, 0.02, random);
    EXPECT_NEAR(deviation(weight), spread, 0.02 * spread) << nameOf(kind);
    EXPECT_NEAR(weight.mean().item<double>(), 0, 0.02 * spread) << nameOf(kind);
  }
  for (const auto& entry : generator.named_parameters()) {
    if (!entry.key().ends_with("bias")) continue;
    EXPECT_EQ(entry.value().abs().max().item<double>(), 0) << entry.key();
  }
}

TEST(Initialise, EqualizedWeightsHaveTheDeviationOneAndAllElseIsZero) {
  GeneratorSpec spec = generatorFromName("stylegan2");
  spec.ngf = 2;
  spec.resolution = 64;
  const auto generator = makeGenerator(spec);
  Discriminator discriminator({.netD = NetD::styleGan2, .ndf = 1, .resolution = 16});
  at::Generator random = seeded();
  for (torch::nn::Module* module :
       {static_cast<torch::nn::Module*>(generator.get()), static_cast<torch::nn::Module*>(&discriminator)}) {
    initialiseEqualized(*module, random);
    for (const auto& entry : module->named_parameters()) {
      const bool drawn = entry.key().ends_with(".weight") && entry.value().dim() >= 2;
      if (!drawn) {
        EXPECT_EQ(entry.value().abs().max().item<double>(), 0) << entry.key();
      } else if (entry.value().numel() > 2000) {
        EXPECT_NEAR(deviation(entry.value()), 1, 0.05) << entry.key();
      }
    }
  }
}

TEST(Initialise, OrthogonalRowsAreOrthogonal) {
  ResnetGenerator generator({.blocks = 1, .ngf = 8});
  at::Generator random = seeded();
  initialise(generator, Initialisation::orthogonal, 2, random);
  const at::Tensor rows = generator.named_parameters().find("model.4.weight")->reshape({16, -1});
  EXPECT_LE((at::mm(rows, rows.t()) - 4 * at::eye(16)).abs().max().item<double>(), 1e-4);
}

TEST(Initialise, BatchNormWeightsAreCentredOnOne) {
  Discriminator discriminator({.ndf = 64, .norm = Norm::batch});
  at::Generator random = seeded();
  initialise(discriminator, Initialisation::normal, 0.02, random);
  const at::Tensor weight = *discriminator.named_parameters().find("model.8.weight");
  EXPECT_NEAR(weight.mean().item<double>(), 1, 0.01);
  EXPECT_NEAR(deviation(weight), 0.02, 0.005);
}

TEST(Initialise, SameSeedGivesTheSameWeights) {
  ResnetGenerator one({.blocks = 1, .ngf = 4});
  ResnetGenerator other({.blocks = 1, .ngf = 4});
  at::Generator first = seeded();
  at::Generator second = seeded();
  initialise(one, Initialisation::xavier, 0.02, first);
  initialise(other, Initialisation::xavier, 0.02, second);
  for (const auto& entry : one.named_parameters())
    EXPECT_TRUE(at::equal(entry.value(), *other.named_parameters().find(entry.key()))) << entry.key();
}

}  // namespace
}  // namespace cut::nets
