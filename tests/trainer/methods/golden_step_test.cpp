// SPDX-License-Identifier: MIT
// Whole optimisation steps of CUT and FastCUT against the reference's: every loss, and the weights after the
// last.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "cuttranslate/model_file.hpp"
#include "golden_tensors.hpp"
#include "nets/generator.hpp"
#include "nets/state_dict.hpp"
#include "trainer/methods/cut_method.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;

std::vector<std::int64_t> layersOf(const std::string& list) {
  std::vector<std::int64_t> layers;
  std::stringstream text(list);
  for (std::string item; std::getline(text, item, ',');) layers.push_back(std::stol(item));
  return layers;
}

// CUT's own model and SinCUT with networks that this build knows.
std::vector<test::GoldenCase> knownCases() {
  auto cases = test::goldenCases("steps");
  std::erase_if(cases, [](const test::GoldenCase& golden) {
    const std::string model = golden.entry.value("model", "cut");
    return (model != "cut" && model != "sincut") || !test::isKnownDiscriminator(golden) ||
           golden.option("netG", "resnet_9blocks").starts_with("unet_");
  });
  return cases;
}

// Whether the generator draws noise in each pass, which nobody can repeat. Its strength begins at 0: the
// losses of the first step are exact.
bool drawsNoise(const test::GoldenCase& golden) {
  return golden.option("netG", "resnet_9blocks") == "stylegan2";
}

// As the reference has them (trainer/options/resolve.cpp): its pass stops at the layer that is named last,
// and its loss is divided by the number of those named.
void dropUnsorted(CutOptions& options) {
  const std::vector<std::int64_t> named = options.nceLayers;
  std::sort(options.nceLayers.begin(), options.nceLayers.end());
  std::erase_if(options.nceLayers, [&named](std::int64_t layer) { return layer > named.back(); });
  options.lambdaNce *= static_cast<double>(options.nceLayers.size()) / static_cast<double>(named.size());
}

CutOptions optionsOf(const test::GoldenCase& golden) {
  CutOptions options;
  options.ganMode = nets::ganModeFromName(golden.option("gan_mode", "lsgan"));
  options.lambdaGan = test::number(golden, "lambda_GAN", 1);
  options.referenceQuirks = true;
  options.lambdaGp = 0;  // the reference has the penalty and never calls it
  options.lambdaNce = test::number(golden, "lambda_NCE", 1);
  options.nceIdentity = test::boolean(golden, "nce_idt", true);
  options.flipEquivariance = test::boolean(golden, "flip_equivariance", false);
  options.nceLayers = layersOf(golden.option("nce_layers", "0,4,8,12,16"));
  dropUnsorted(options);
  options.lambdaR1 = test::number(golden, "lambda_R1", 0);
  options.lambdaIdentity = test::number(golden, "lambda_identity", 0);
  options.negativesOfBatch = test::boolean(golden, "nce_includes_all_negatives_from_minibatch", false);
  options.patches = test::integer(golden, "num_patches", 256);
  options.temperature = test::number(golden, "nce_T", 0.07);
  options.learningRate = std::stod(golden.option("lr", "0.0002"));
  options.beta1 = test::number(golden, "beta1", 0.5);
  options.beta2 = test::number(golden, "beta2", 0.999);
  return options;
}

class GoldenStep : public testing::TestWithParam<test::GoldenCase> {
 protected:
  GoldenStep()
      : folder_(test::goldenFolder() / GetParam().name), trace_(readStateDict(folder_ / "trace.pt")) {}

  fs::path file(const char* when, const char* net) const {
    return folder_ / (std::string(when) + "_net_" + net + ".pth");
  }

  void build(at::ScalarType type, bool winograd = false) {
    const ModelFile model = readModelFile(file("initial", "G"));
    GeneratorSpec spec = model.spec;
    spec.dropout = !test::boolean(GetParam(), "no_dropout", true);
    generator_ = nets::makeGenerator(spec);
    nets::loadStateDict(*generator_, model.weights);
    discriminator_ = std::make_shared<nets::Discriminator>(test::discriminatorSpec(GetParam()));
    nets::loadStateDict(*discriminator_, readStateDict(file("initial", "D")));
    CutOptions options = optionsOf(GetParam());
    options.referenceQuirks = !winograd;
    std::vector<std::int64_t> channels;
    {
      const at::NoGradGuard noGrad;
      generator_->eval();  // running statistics are not to see the probe
      for (const auto& map :
           generator_->encode(at::zeros({1, spec.inputChannels, 32, 32}), options.nceLayers))
        channels.push_back(map.size(1));
      generator_->train();
    }
    const bool heads = GetParam().option("netF", "mlp_sample") == "mlp_sample";
    sampler_ =
        std::make_shared<nets::PatchSampler>(channels, test::integer(GetParam(), "netF_nc", 256), heads);
    if (heads) nets::loadStateDict(*sampler_, readStateDict(file("initial", "F")));
    generator_->setWinograd(winograd);
    generator_->to(type);
    discriminator_->to(type);
    sampler_->to(type);
    step_ = std::make_unique<CutMethod>(generator_, discriminator_, sampler_, options);
  }

  // Runs step t with the reference's batch and random draws.
  CutLosses run(int t, at::ScalarType type) {
    const std::string at = "_" + std::to_string(t);
    RandomDraws draws;
    draws.random = at::make_generator<at::CPUGeneratorImpl>(1);
    if (GetParam().has("flip" + at)) draws.flip = test::tensorOf(trace_, "flip" + at).item<double>() != 0;
    const std::size_t layers = optionsOf(GetParam()).nceLayers.size();
    for (std::size_t i = 0; find(trace_, "ids" + at + "_" + std::to_string(i)); ++i) {
      if (i % layers == 0) draws.patchIds.emplace_back();
      draws.patchIds.back().push_back(test::tensorOf(trace_, "ids" + at + "_" + std::to_string(i)));
    }
    return step_->run(test::tensorOf(trace_, "A" + at).to(type), test::tensorOf(trace_, "B" + at).to(type),
                      draws);
  }

  void expectLosses(int t, const CutLosses& losses, double relative) {
    const std::pair<const char*, double> named[] = {
        {"G_GAN", losses.ganG}, {"D_real", losses.real}, {"D_fake", losses.fake}, {"G", losses.total},
        {"NCE", losses.nce},    {"NCE_Y", losses.nceY},  {"D_R1", losses.r1},     {"idt", losses.identity}};
    for (const auto& [name, value] : named) {
      const std::string key = std::string("loss_") + name + "_" + std::to_string(t);
      if (!find(trace_, key)) continue;
      const double expected = test::tensorOf(trace_, key).item<double>();
      EXPECT_LE(std::abs(value - expected), relative * std::abs(expected))
          << key << ": " << value << ", " << expected;
    }
  }

  void expectWeights(const torch::nn::Module& module, const char* net) {
    test::expectWeights(module, file("final", net), 1e-7);
  }

  // Those that can be compared.
  int steps() const { return drawsNoise(GetParam()) ? 1 : GetParam().entry.at("steps").get<int>(); }

  fs::path folder_;
  StateDict trace_;
  std::shared_ptr<nets::Generator> generator_;
  std::shared_ptr<nets::Discriminator> discriminator_;
  std::shared_ptr<nets::PatchSampler> sampler_;
  std::unique_ptr<CutMethod> step_;
};

TEST_P(GoldenStep, LossesAndWeightsMatchTheReferenceInFloat64) {
  build(at::kDouble);
  for (int t = 0; t < steps(); ++t) expectLosses(t, run(t, at::kDouble), 1e-8);
  if (drawsNoise(GetParam())) return;
  expectWeights(*generator_, "G");
  expectWeights(*discriminator_, "D");
  if (!sampler_->parameters().empty()) expectWeights(*sampler_, "F");
}

TEST_P(GoldenStep, LossesMatchTheReferenceInFloat32) {
  build(at::kFloat);
  for (int t = 0; t < steps(); ++t) expectLosses(t, run(t, at::kFloat), t == 0 ? 1e-4 : 1e-2);
}

// Of one image the reference's gradients are LibTorch's wrong ones (ReferenceGradientMode): only its first
// step's losses can be compared.
TEST_P(GoldenStep, LossesMatchTheReferenceWithWinograd) {
  build(at::kFloat, /*winograd=*/true);
  const int comparable = GetParam().entry.at("batch").get<int>() > 1 ? steps() : 1;
  for (int t = 0; t < comparable; ++t) expectLosses(t, run(t, at::kFloat), t == 0 ? 1e-4 : 1e-2);
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GoldenStep);
INSTANTIATE_TEST_SUITE_P(Reference, GoldenStep, testing::ValuesIn(knownCases()),
                         [](const auto& golden) { return test::testName(golden.param); });

}  // namespace
}  // namespace cut::trainer
