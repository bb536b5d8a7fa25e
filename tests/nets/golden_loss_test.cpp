// SPDX-License-Identifier: MIT
// PatchNCE with its sampler, and the objectives of the GAN, from the golden set.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "cuttranslate/model_file.hpp"
#include "golden_tensors.hpp"
#include "nets/losses.hpp"
#include "nets/state_dict.hpp"

namespace cut::nets {
namespace {

class GoldenPatchNce : public testing::TestWithParam<test::GoldenCase> {};

TEST_P(GoldenPatchNce, SamplesLossesAndGradientsMatchTheReference) {
  const test::GoldenCase& golden = GetParam();
  const StateDict tensors = golden.tensors();
  std::vector<at::Tensor> queries;
  std::vector<at::Tensor> keys;
  std::vector<std::int64_t> channels;
  PatchIds ids;
  for (int i = 0; golden.has("feat_q_" + std::to_string(i)); ++i) {
    const std::string layer = std::to_string(i);
    queries.push_back(test::tensorOf(tensors, "feat_q_" + layer).requires_grad_());
    keys.push_back(test::tensorOf(tensors, "feat_k_" + layer));
    ids.push_back(test::tensorOf(tensors, "ids_" + layer));
    channels.push_back(queries.back().size(1));
  }
  const bool heads = golden.option("netF", "mlp_sample") == "mlp_sample";
  PatchSampler sampler(channels, test::integer(golden, "netF_nc", 256), heads);
  if (heads) loadStateDict(sampler, readStateDict(golden.weights()));

  const PatchSamples keySamples = sampler.sampleAt(keys, ids);
  const PatchSamples querySamples = sampler.sampleAt(queries, ids);
  const PatchNceOptions options{
      .batch = queries.front().size(0),
      .temperature = test::number(golden, "nce_T", 0.07),
      .negativesOfBatch = test::boolean(golden, "nce_includes_all_negatives_from_minibatch", false)};
  at::Tensor total;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const std::string layer = std::to_string(i);
    const auto& q = querySamples.features[i];
    const auto& k = keySamples.features[i];
    EXPECT_LE(test::largestDifference(q, test::tensorOf(tensors, "pool_q_" + layer)), 1e-4);
    EXPECT_LE(test::largestDifference(k, test::tensorOf(tensors, "pool_k_" + layer)), 1e-4);
    const at::Tensor loss = patchNce(q, k, options);
    EXPECT_LE(test::largestDifference(loss, test::tensorOf(tensors, "loss_" + layer)), 1e-4);
    total = total.defined() ? total + loss.mean() : loss.mean();
  }
  total = total / static_cast<double>(queries.size());
  EXPECT_LE(test::largestDifference(total, test::tensorOf(tensors, "loss")), 1e-4);

  total.backward();
  for (std::size_t i = 0; i < queries.size(); ++i)
    EXPECT_LE(
        test::largestDifference(queries[i].grad(), test::tensorOf(tensors, "grad_q_" + std::to_string(i))),
        1e-4);
  for (const auto& parameter : sampler.named_parameters()) {
    const at::Tensor expected = test::tensorOf(tensors, "grad." + parameter.key());
    EXPECT_LE(test::largestDifference(parameter.value().grad(), expected), 1e-4) << parameter.key();
  }
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GoldenPatchNce);
INSTANTIATE_TEST_SUITE_P(Reference, GoldenPatchNce, testing::ValuesIn(test::goldenCases("patchnce")),
                         [](const auto& golden) { return test::testName(golden.param); });

class GoldenGanLoss : public testing::TestWithParam<test::GoldenCase> {};

TEST_P(GoldenGanLoss, ValuesAndGradientsMatchTheReference) {
  const StateDict tensors = GetParam().tensors();
  int compared = 0;
  for (const GanMode mode :
       {GanMode::lsgan, GanMode::vanilla, GanMode::nonsaturating, GanMode::wgangp, GanMode::hinge})
    for (const auto& [target, suffix] :
         {std::pair{GanTarget::real, "_real"}, std::pair{GanTarget::fake, "_fake"}}) {
      const std::string key = std::string(nameOf(mode)) + suffix;
      if (!GetParam().has(key)) continue;
      const at::Tensor prediction = test::tensorOf(tensors, "prediction").requires_grad_();
      const at::Tensor loss = ganLoss(mode, prediction, target);
      EXPECT_LE(test::largestDifference(loss, test::tensorOf(tensors, key)), 1e-6) << key;
      loss.backward();
      EXPECT_LE(test::largestDifference(prediction.grad(), test::tensorOf(tensors, key + "_grad")), 1e-6)
          << key;
      ++compared;
    }
  EXPECT_GT(compared, 0);
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GoldenGanLoss);
INSTANTIATE_TEST_SUITE_P(Reference, GoldenGanLoss, testing::ValuesIn(test::goldenCases("gan_loss")),
                         [](const auto& golden) { return test::testName(golden.param); });

TEST(PatchSampler, SamplesWithoutReplacementAndAllOfASmallMap) {
  PatchSampler sampler({3}, 8, /*heads=*/false);
  at::Generator random = at::make_generator<at::CPUGeneratorImpl>(7);
  const auto samples = sampler.sample({at::rand({2, 3, 4, 5})}, 256, random);
  EXPECT_EQ(samples.ids[0].size(0), 20);
  EXPECT_TRUE(at::equal(std::get<0>(samples.ids[0].sort()), at::arange(20)));
  EXPECT_EQ(samples.features[0].size(0), 40);
}

TEST(GanLoss, HingeMarginHoldsForTheDiscriminatorOnly) {
  const at::Tensor sure = at::full({2, 1}, 3.0);
  EXPECT_EQ(ganLoss(GanMode::hinge, sure, GanTarget::real).item<double>(), 0);
  EXPECT_EQ(ganLoss(GanMode::hinge, sure, GanTarget::fake).item<double>(), 4);
  EXPECT_EQ(ganLoss(GanMode::hinge, sure, GanTarget::realForGenerator).item<double>(), -3);
}

}  // namespace
}  // namespace cut::nets
