// SPDX-License-Identifier: MIT
// Whole optimisation steps of CycleGAN against the reference's: every loss, and the weights after the last.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <cmath>

#include "cuttranslate/model_file.hpp"
#include "golden_tensors.hpp"
#include "nets/state_dict.hpp"
#include "trainer/methods/cycle_gan_method.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;

std::vector<test::GoldenCase> knownCases() {
  auto cases = test::goldenCases("steps");
  std::erase_if(cases, [](const test::GoldenCase& golden) {
    return golden.entry.value("model", "cut") != "cycle_gan" || !test::isKnownDiscriminator(golden);
  });
  return cases;
}

CycleGanOptions optionsOf(const test::GoldenCase& golden) {
  return {.ganMode = nets::ganModeFromName(golden.option("gan_mode", "lsgan")),
          .lambdaA = test::number(golden, "lambda_A", 10),
          .lambdaB = test::number(golden, "lambda_B", 10),
          .lambdaIdentity = test::number(golden, "lambda_identity", 0.5),
          .poolSize = test::integer(golden, "pool_size", 50),
          .referenceQuirks = true,
          .learningRate = std::stod(golden.option("lr", "0.0002")),
          .beta1 = test::number(golden, "beta1", 0.5),
          .beta2 = test::number(golden, "beta2", 0.999)};
}

class GoldenCycleGan : public testing::TestWithParam<test::GoldenCase> {
 protected:
  GoldenCycleGan()
      : folder_(test::goldenFolder() / GetParam().name), trace_(readStateDict(folder_ / "trace.pt")) {}

  fs::path file(const char* when, const std::string& net) const {
    return folder_ / (std::string(when) + "_net_" + net + ".pth");
  }

  std::shared_ptr<nets::Generator> generator(const std::string& net, at::ScalarType type) const {
    const ModelFile model = readModelFile(file("initial", net));
    auto generator = nets::makeGenerator(model.spec);
    nets::loadStateDict(*generator, model.weights);
    generator->to(type);
    return generator;
  }

  std::shared_ptr<nets::Discriminator> discriminator(const std::string& net, at::ScalarType type) const {
    auto discriminator = std::make_shared<nets::Discriminator>(test::discriminatorSpec(GetParam()));
    nets::loadStateDict(*discriminator, readStateDict(file("initial", net)));
    discriminator->to(type);
    return discriminator;
  }

  void build(at::ScalarType type) {
    const CycleGanMethod::Networks networks{generator("G_A", type), generator("G_B", type),
                                            discriminator("D_A", type), discriminator("D_B", type)};
    method_ = std::make_unique<CycleGanMethod>(networks, optionsOf(GetParam()));
  }

  // Until the pools are full, nothing is drawn: the reference's random numbers are not needed.
  void run(int t, at::ScalarType type, double relative) {
    const std::string at = "_" + std::to_string(t);
    const StepResult result =
        method_->step({test::tensorOf(trace_, "A" + at).to(type), test::tensorOf(trace_, "B" + at).to(type),
                       at::make_generator<at::CPUGeneratorImpl>(1)});
    int compared = 0;
    for (std::size_t i = 0; i < result.losses.size(); ++i) {
      const std::string key = "loss_" + method_->lossColumns()[i].name + at;
      if (!find(trace_, key)) continue;
      ++compared;
      const double expected = test::tensorOf(trace_, key).item<double>();
      EXPECT_LE(std::abs(result.losses[i] - expected), relative * std::abs(expected))
          << key << ": " << result.losses[i] << ", " << expected;
    }
    EXPECT_EQ(compared, optionsOf(GetParam()).lambdaIdentity > 0 ? 8 : 6) << "the reference's columns";
  }

  int steps() const { return GetParam().entry.at("steps").get<int>(); }

  fs::path folder_;
  StateDict trace_;
  std::unique_ptr<CycleGanMethod> method_;
};

TEST_P(GoldenCycleGan, LossesAndWeightsMatchTheReferenceInFloat64) {
  build(at::kDouble);
  for (int t = 0; t < steps(); ++t) run(t, at::kDouble, 1e-8);
  for (const NamedNetwork& network : method_->networks())
    test::expectWeights(*network.module, file("final", network.name), 1e-7);
}

TEST_P(GoldenCycleGan, LossesMatchTheReferenceInFloat32) {
  build(at::kFloat);
  for (int t = 0; t < steps(); ++t) run(t, at::kFloat, t == 0 ? 1e-4 : 1e-2);
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GoldenCycleGan);
INSTANTIATE_TEST_SUITE_P(Reference, GoldenCycleGan, testing::ValuesIn(knownCases()),
                         [](const auto& golden) { return test::testName(golden.param); });

}  // namespace
}  // namespace cut::trainer
