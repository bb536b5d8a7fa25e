// SPDX-License-Identifier: MIT
// Every generator of the golden set: the reference's outputs and feature maps, from the reference's weights.
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include "cuttranslate/error.hpp"
#include "cuttranslate/model_file.hpp"
#include "golden.hpp"
#include "nets/generator.hpp"
#include "nets/state_dict.hpp"

namespace cut::nets {
namespace {

constexpr double bound = 1e-4;

class GoldenGenerator : public testing::TestWithParam<test::GoldenCase> {
 protected:
  GoldenGenerator() : model_(readModelFile(GetParam().weights())), tensors_(GetParam().tensors()) {
    generator_ = makeGenerator(model_.spec);
    loadStateDict(*generator_, model_.weights);
    generator_->eval();
  }

  at::Tensor tensor(const std::string& key) const {
    const Tensor* found = find(tensors_, key);
    if (!found) throw std::runtime_error("no tensor " + key + " in " + GetParam().name);
    return toTorch(*found);
  }

  void expectClose(const at::Tensor& got, const std::string& key) const {
    const at::Tensor expected = tensor(key);
    ASSERT_EQ(got.sizes(), expected.sizes()) << key;
    const double difference = (got.to(at::kDouble) - expected.to(at::kDouble)).abs().max().item<double>();
    EXPECT_LE(difference, bound) << key;
    RecordProperty(key, std::to_string(difference));
  }

  std::string outputKey() const { return GetParam().has("output") ? "output" : "output_eval"; }

  // The layers that the case has maps of.
  std::vector<std::int64_t> layers() const {
    std::vector<std::int64_t> layers;
    for (std::int64_t layer = 0; layer < generator_->layerCount(); ++layer)
      if (GetParam().has("feat_" + std::to_string(layer))) layers.push_back(layer);
    return layers;
  }

  ModelFile model_;
  StateDict tensors_;
  std::shared_ptr<Generator> generator_;
};

TEST_P(GoldenGenerator, InferenceOutputMatchesTheReference) {
  const c10::InferenceMode inference;
  expectClose(generator_->forward(tensor("input")), outputKey());
  expectClose(generator_->forward(tensor("input").contiguous(at::MemoryFormat::ChannelsLast)), outputKey());
}

TEST_P(GoldenGenerator, AutogradOutputMatchesTheReference) {
  const at::AutoGradMode record(true);
  expectClose(generator_->forward(tensor("input")).detach(), outputKey());
}

TEST_P(GoldenGenerator, Float64OutputMatchesTheReference) {
  const c10::InferenceMode inference;
  generator_->to(at::kDouble);
  expectClose(generator_->forward(tensor("input").to(at::kDouble)), outputKey());
}

TEST_P(GoldenGenerator, TrainingModeOutputMatchesTheReference) {
  if (!GetParam().has("output_train")) return;  // only batch norm differs
  generator_->train();
  expectClose(generator_->forward(tensor("input")).detach(), "output_train");
}

TEST_P(GoldenGenerator, FeatureMapsMatchTheReference) {
  const c10::InferenceMode inference;
  const auto wanted = layers();
  if (generator_->layerCount() == 0) {  // the reference's U-Nets encode nothing
    EXPECT_THROW(generator_->encode(tensor("input"), {0}), Error);
    return;
  }
  const auto maps = generator_->encode(tensor("input"), wanted);
  ASSERT_EQ(maps.size(), wanted.size());
  for (std::size_t i = 0; i < maps.size(); ++i) expectClose(maps[i], "feat_" + std::to_string(wanted[i]));
}

TEST_P(GoldenGenerator, StateDictRoundTripIsExact) {
  std::vector<std::string> names;
  for (const auto& info : expectedTensors(model_.spec)) names.push_back(info.name);
  const StateDict written = stateDict(*generator_, names);
  for (const auto& [name, value] : model_.weights) {
    const Tensor* found = find(written, name);
    ASSERT_TRUE(found) << name;
    EXPECT_EQ(*found, value) << name;
  }
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GoldenGenerator);
INSTANTIATE_TEST_SUITE_P(Reference, GoldenGenerator, testing::ValuesIn(test::generatorCases()),
                         [](const auto& golden) { return test::testName(golden.param); });

}  // namespace
}  // namespace cut::nets
