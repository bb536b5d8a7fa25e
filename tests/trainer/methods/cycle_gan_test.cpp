// SPDX-License-Identifier: MIT
// CycleGAN beside the golden steps: columns, state, U-Nets, previews, refusals.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include "cuttranslate/error.hpp"
#include "nets/initialise.hpp"
#include "trainer/methods/cycle_gan_method.hpp"

namespace cut::trainer {
namespace {

using Names = std::vector<std::string>;

CycleGanMethod cycleGan(const CycleGanOptions& options = {},
                        const GeneratorSpec& spec = {.blocks = 1, .ngf = 2}) {
  const nets::DiscriminatorSpec judge{.netD = nets::NetD::nLayers, .ndf = 2, .layers = 1};
  const CycleGanMethod::Networks networks{nets::makeGenerator(spec), nets::makeGenerator(spec),
                                          std::make_shared<nets::Discriminator>(judge),
                                          std::make_shared<nets::Discriminator>(judge)};
  at::Generator random = at::make_generator<at::CPUGeneratorImpl>(1);
  for (torch::nn::Module* module : {static_cast<torch::nn::Module*>(networks.generatorA.get()),
                                    static_cast<torch::nn::Module*>(networks.generatorB.get()),
                                    static_cast<torch::nn::Module*>(networks.discriminatorA.get()),
                                    static_cast<torch::nn::Module*>(networks.discriminatorB.get())})
    nets::initialise(*module, nets::Initialisation::xavier, 0.5, random);
  return {networks, options};
}

// Steps [begin, end) with images and random draws that depend on the step alone, as the loop's.
void run(CycleGanMethod& method, int begin, int end, std::int64_t side = 16) {
  for (int t = begin; t < end; ++t) {
    at::Generator random = at::make_generator<at::CPUGeneratorImpl>(100U + static_cast<unsigned>(t));
    at::manual_seed(200U + static_cast<unsigned>(t));  // dropout
    const auto image = [&] {
      return at::rand({1, 3, side, side}, random, at::TensorOptions(at::kFloat)) * 2 - 1;
    };
    const at::Tensor a = image();
    const at::Tensor b = image();
    method.step({a, b, random});
  }
}

Names columnsOf(const Method& method) {
  Names names;
  for (const LossColumn& column : method.lossColumns()) names.push_back(column.name);
  return names;
}

TEST(CycleGan, ColumnsNetworksAndOptimizersHaveTheReferencesNames) {
  CycleGanMethod method = cycleGan();
  EXPECT_EQ(columnsOf(method),
            (Names{"D_A", "G_A", "cycle_A", "idt_A", "D_B", "G_B", "cycle_B", "idt_B", "G"}));
  EXPECT_EQ(columnsOf(cycleGan({.lambdaIdentity = 0})),
            (Names{"D_A", "G_A", "cycle_A", "D_B", "G_B", "cycle_B", "G"}));
  EXPECT_EQ(method.objectiveIndex(), 8U);
  Names networks, optimizers;
  for (const NamedNetwork& network : method.networks()) networks.push_back(network.name);
  for (const NamedOptimizer& optimizer : method.optimizers()) optimizers.push_back(optimizer.name);
  EXPECT_EQ(networks, (Names{"G_A", "G_B", "D_A", "D_B"}));
  EXPECT_EQ(optimizers, (Names{"optimizer_G", "optimizer_D"}));
  EXPECT_EQ(method.nameOf(method.generator()), "G_A");
}

TEST(CycleGan, RestoredMethodEqualsAnUninterruptedOne) {
  const CycleGanOptions options{.poolSize = 2};  // full before the state is taken
  CycleGanMethod whole = cycleGan(options);
  run(whole, 0, 8);
  CycleGanMethod first = cycleGan(options);
  run(first, 0, 4);
  CycleGanMethod second = cycleGan(options);
  second.restore(first.state());
  run(second, 4, 8);
  EXPECT_EQ(whole.state(), second.state());
  EXPECT_NE(find(second.state(), "pool_A.1"), nullptr);
  EXPECT_NE(find(second.state(), "pool_B.1"), nullptr);
}

// The networks after `steps` steps, without the images of the pools.
StateDict networksAfter(int steps, std::int64_t poolSize) {
  CycleGanMethod method = cycleGan({.poolSize = poolSize});
  run(method, 0, steps);
  StateDict state = method.state();
  std::erase_if(state, [](const auto& entry) { return entry.first.starts_with("pool_"); });
  return state;
}

TEST(CycleGan, DiscriminatorsLearnFromThePoolsOnceTheseAreFull) {
  EXPECT_EQ(networksAfter(2, /*poolSize=*/0), networksAfter(2, /*poolSize=*/2));
  EXPECT_NE(networksAfter(8, /*poolSize=*/0), networksAfter(8, /*poolSize=*/2));
}

TEST(CycleGan, ObjectiveIsTheSumOfTheGeneratorsLosses) {
  CycleGanMethod method = cycleGan();
  at::Generator random = at::make_generator<at::CPUGeneratorImpl>(4);
  const CycleGanLosses losses =
      method.run(at::rand({1, 3, 16, 16}) - 0.5, at::rand({1, 3, 16, 16}) - 0.5, random);
  EXPECT_DOUBLE_EQ(losses.total, losses.ganA + losses.cycleA + losses.identityA + losses.ganB +
                                     losses.cycleB + losses.identityB);
  EXPECT_GT(losses.identityB, 0);
}

TEST(CycleGan, PreviewShowsBothDirectionsAndTheReconstructionOfA) {
  CycleGanMethod method = cycleGan();
  const at::Tensor a = at::rand({1, 3, 16, 16}) - 0.5, b = at::rand({1, 3, 16, 16}) - 0.5;
  const at::NoGradGuard noGrad;
  Names labels;
  const NamedImages images = method.preview(a, b);
  for (const auto& [label, image] : images) labels.push_back(label);
  EXPECT_EQ(labels, (Names{"real A", "fake B", "rec A", "real B", "fake A"}));
  EXPECT_FALSE(at::equal(images[1].second, images[2].second));
}

// Dropout draws from the generator that the loop seeds before each step.
TEST(CycleGan, UnetWithDropoutTrainsAndResumes) {
  const GeneratorSpec unet{.architecture = "unet", .blocks = 0, .ngf = 1, .dropout = true, .downs = 7};
  CycleGanMethod whole = cycleGan({.poolSize = 1}, unet);
  const StateDict before = whole.state();
  run(whole, 0, 3, 128);
  EXPECT_NE(find(before, "G_A.model.model.0.weight")->data,
            find(whole.state(), "G_A.model.model.0.weight")->data);
  CycleGanMethod first = cycleGan({.poolSize = 1}, unet);
  run(first, 0, 1, 128);
  CycleGanMethod second = cycleGan({.poolSize = 1}, unet);
  second.restore(first.state());
  run(second, 1, 3, 128);
  EXPECT_EQ(whole.state(), second.state());
}

TEST(CycleGan, SidesThatTheGeneratorCannotTakeAreRefused) {
  CycleGanMethod method = cycleGan({}, {.architecture = "unet", .blocks = 0, .ngf = 1, .downs = 7});
  try {
    run(method, 0, 1, 64);
    FAIL() << "a U-Net of 7 levels takes multiples of 128";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("multiples of 128, got 64 x 64"), std::string::npos)
        << error.what();
  }
}

TEST(CycleGan, IdentityNeedsAsManyChannelsOutAsIn) {
  EXPECT_THROW(cycleGan({}, {.blocks = 1, .inputChannels = 1, .ngf = 2}), Error);
  EXPECT_THROW(cycleGan({.ganMode = nets::GanMode::wgangp}), Error);
}

}  // namespace
}  // namespace cut::trainer
