// SPDX-License-Identifier: MIT
// What --precision bf16 leaves in float32.
#include "trainer/methods/autocast.hpp"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <cmath>

#include "nets/initialise.hpp"
#include "nets/resnet_generator.hpp"
#include "trainer/methods/cut_method.hpp"

namespace cut::trainer {
namespace {

TEST(Autocast, PatchNceAndItsHeadsStayInFloat32) {
  at::Generator random = at::make_generator<at::CPUGeneratorImpl>(3);
  const auto generator = std::make_shared<nets::ResnetGenerator>(GeneratorSpec{.blocks = 1, .ngf = 4});
  const auto discriminator = std::make_shared<nets::Discriminator>(
      nets::DiscriminatorSpec{.netD = nets::NetD::nLayers, .ndf = 4, .layers = 1});
  const auto sampler =
      std::make_shared<nets::PatchSampler>(std::vector<std::int64_t>{3, 8}, 8, /*heads=*/true);
  nets::initialise(*generator, nets::Initialisation::xavier, 0.5, random);
  nets::initialise(*sampler, nets::Initialisation::xavier, 1, random);
  const CutOptions options{
      .lambdaGan = 0, .nceIdentity = false, .nceLayers = {0, 4}, .patches = 16, .autocast = true};
  const at::Tensor a = at::rand({1, 3, 16, 16}, random, at::TensorOptions(at::kFloat)) * 2 - 1;
  const nets::PatchIds ids(2, at::arange(0, 48, 3));

  const auto encoded = [&](const at::Tensor& images) {
    const Autocast autocast(true, at::kCPU);
    auto maps = generator->encode(images, options.nceLayers);
    EXPECT_EQ(maps.back().scalar_type(), at::kBFloat16) << "autocast does nothing";
    for (auto& map : maps) map = map.to(at::kFloat);
    return maps;
  };
  const auto translated = [&](const at::Tensor& images) {
    const Autocast autocast(true, at::kCPU);
    return generator->forward(images).to(at::kFloat);
  };
  const auto nce = [&](bool narrowHeads) {
    const at::NoGradGuard noGrad;
    const auto keyMaps = encoded(a), queryMaps = encoded(translated(a));
    const Autocast autocast(narrowHeads, at::kCPU);
    const auto keys = sampler->sampleAt(keyMaps, ids), queries = sampler->sampleAt(queryMaps, ids);
    double sum = 0;
    for (std::size_t i = 0; i < ids.size(); ++i)
      sum += nets::patchNce(queries.features[i].to(at::kFloat), keys.features[i].to(at::kFloat),
                            {.batch = 1, .temperature = options.temperature})
                 .mean()
                 .item<double>();
    return sum / static_cast<double>(ids.size());
  };
  const double expected = nce(false), narrow = nce(true);
  ASSERT_GT(std::abs(narrow - expected), 1e-4 * expected) << "the test cannot tell";

  CutMethod step(generator, discriminator, sampler, options);
  RandomDraws draws;
  draws.random = random;
  draws.patchIds = {ids};
  EXPECT_NEAR(step.run(a, a, draws).nce, expected, 1e-6 * expected);
}

}  // namespace
}  // namespace cut::trainer
