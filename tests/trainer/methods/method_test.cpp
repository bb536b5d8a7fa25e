// SPDX-License-Identifier: MIT
// What the loop learns from a method: columns, networks, state.
#include "trainer/methods/method.hpp"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <memory>

#include "nets/initialise.hpp"
#include "nets/resnet_generator.hpp"
#include "trainer/methods/cut_method.hpp"

namespace cut::trainer {
namespace {

using Names = std::vector<std::string>;

CutMethod cutMethod(const CutOptions& options, bool heads = true) {
  return {std::make_shared<nets::ResnetGenerator>(GeneratorSpec{.blocks = 1, .ngf = 4}),
          std::make_shared<nets::Discriminator>(
              nets::DiscriminatorSpec{.netD = nets::NetD::nLayers, .ndf = 4, .layers = 1}),
          std::make_shared<nets::PatchSampler>(std::vector<std::int64_t>{3, 8}, 8, heads), options};
}

Names columnsOf(const Method& method) {
  Names names;
  for (const LossColumn& column : method.lossColumns()) names.push_back(column.name);
  return names;
}

TEST(CutMethod, LossColumnsAreThoseThatItsOptionsSwitchOn) {
  EXPECT_EQ(columnsOf(cutMethod({})), (Names{"G_GAN", "D_real", "D_fake", "G", "NCE", "NCE_Y"}));
  EXPECT_EQ(columnsOf(cutMethod({.nceIdentity = false})), (Names{"G_GAN", "D_real", "D_fake", "G", "NCE"}));
  EXPECT_EQ(columnsOf(cutMethod(
                {.ganMode = nets::GanMode::wgangp, .lambdaIdentity = 1, .lambdaSelf = 1, .lambdaColour = 1})),
            (Names{"G_GAN", "D_real", "D_fake", "G", "NCE", "NCE_Y", "idt", "self", "colour", "D_gp"}));
  EXPECT_EQ(cutMethod({}).objectiveIndex(), 3U);
}

TEST(CutMethod, NetworksAndOptimizersHaveTheReferencesNames) {
  for (const bool heads : {true, false}) {
    CutMethod method = cutMethod({}, heads);
    Names networks, optimizers;
    for (const NamedNetwork& network : method.networks()) networks.push_back(network.name);
    for (const NamedOptimizer& optimizer : method.optimizers()) optimizers.push_back(optimizer.name);
    EXPECT_EQ(networks, (Names{"G", "D", "F"}));
    EXPECT_EQ(optimizers, heads ? (Names{"optimizer_G", "optimizer_D", "optimizer_F"})
                                : (Names{"optimizer_G", "optimizer_D"}));
    EXPECT_EQ(method.nameOf(method.generator()), "G");
  }
}

TEST(CutMethod, StepGivesALossForEachColumn) {
  CutMethod method = cutMethod({.nceLayers = {0, 4}, .patches = 16});
  at::Generator random = at::make_generator<at::CPUGeneratorImpl>(4);
  for (const NamedNetwork& network : method.networks())
    nets::initialise(*network.module, nets::Initialisation::xavier, 0.5, random);
  const at::Tensor a = at::rand({1, 3, 16, 16}) - 0.5, b = at::rand({1, 3, 16, 16}) - 0.5;
  const StepResult result = method.step({a, b, random});
  ASSERT_EQ(result.losses.size(), method.lossColumns().size());
  EXPECT_NEAR(result.losses[3], result.losses[0] + (result.losses[4] + result.losses[5]) / 2, 1e-5);
}

TEST(CutMethod, PreviewTranslatesAAndTheIdentityOfB) {
  const at::Tensor a = at::rand({1, 3, 16, 16}) - 0.5, b = at::rand({1, 3, 16, 16}) - 0.5;
  const auto labelsOf = [&](CutMethod method) {
    Names labels;
    for (const auto& [label, image] : method.preview(a, b)) labels.push_back(label);
    return labels;
  };
  EXPECT_EQ(labelsOf(cutMethod({.nceLayers = {0, 4}})),
            (Names{"real A", "fake B", "real B", "identity B", "nearest negatives"}));
  EXPECT_EQ(labelsOf(cutMethod({.lambdaNce = 0})), (Names{"real A", "fake B", "real B", "identity B"}));
}

TEST(CutMethod, WarmUpIsThereWhereItsOptionAsksForIt) {
  EXPECT_EQ(cutMethod({}).warmUp(), nullptr);
  CutMethod method = cutMethod({.reconstructionWarmUp = true});
  ASSERT_NE(method.warmUp(), nullptr);
  EXPECT_EQ(&method.warmUp()->generator(), &method.generator());
  EXPECT_EQ(columnsOf(*method.warmUp()), Names{"reconstruction"});
  EXPECT_TRUE(method.warmUp()->state().empty()) << "its networks belong to the method that it warms up";
}

TEST(CutMethod, MatchesColourByTheRatioOfChromaInTheData) {
  CutMethod method = cutMethod({.matchSaturation = true});
  const at::Tensor images = at::rand({1, 3, 16, 16}) - 0.5;
  const TrainingPairs grey{
      3, [&](std::int64_t) { return std::pair(images.mean(1, true).expand_as(images), images); }};
  const TrainingPairs same{3, [&](std::int64_t) { return std::pair(images, images); }};
  EXPECT_EQ(method.initialiseFromData(same), Names{"B is 1.000000 times as colourful as A"});
  EXPECT_EQ(cutMethod({}).initialiseFromData(grey), Names{});
}

TEST(CutMethod, EncoderViewIsWhatPatchNceCompares) {
  const CutOptions options{.nceLayers = {0, -1}, .temperature = 0.5};
  const CutMethod method = cutMethod(options);
  const std::optional<EncoderView> view = method.encoderView();
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->generator, &method.generator());
  EXPECT_EQ(view->layers, (std::vector<std::int64_t>{0, method.generator().layerCount() - 1}));
  EXPECT_NE(view->heads, nullptr);
  EXPECT_EQ(view->temperature, 0.5);
  EXPECT_EQ(cutMethod(options, /*heads=*/false).encoderView()->heads, nullptr);
}

}  // namespace
}  // namespace cut::trainer
