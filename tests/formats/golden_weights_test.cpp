// SPDX-License-Identifier: MIT
// The state_dict of every generator of the golden set.
#include <gtest/gtest.h>

#include "cuttranslate/model_file.hpp"
#include "formats/model_writer.hpp"
#include "golden.hpp"

namespace cut {
namespace {

GeneratorSpec specOf(const test::GoldenCase& golden) {
  const auto number = [&](const char* key, const char* fallback) {
    return std::stoi(golden.option(key, fallback));
  };
  const auto flag = [&](const char* key) {
    const std::string value = golden.option(key, "false");
    return value == "true" || value == "True";
  };
  // The reference uses dropout only with --no_dropout False.
  const std::string noDropout = golden.option("no_dropout", "true");
  GeneratorSpec spec = generatorFromName(golden.option("netG", "resnet_9blocks"));
  spec.inputChannels = number("input_nc", "3");
  spec.outputChannels = number("output_nc", "3");
  spec.ngf = number("ngf", "64");
  if (spec.resolution > 0) {  // StyleGAN2 has nothing of what follows
    spec.resolution = number("crop_size", "256");
    spec.downs = number("stylegan2_G_num_downsampling", "1");
    return spec;
  }
  spec.norm = normFromName(golden.option("normG", "instance"));
  spec.noAntialias = flag("no_antialias");
  spec.noAntialiasUp = flag("no_antialias_up");
  // A U-Net's dropout leaves no trace in the weights.
  spec.dropout = spec.architecture == "resnet" && (noDropout == "false" || noDropout == "False");
  return spec;
}

class GoldenWeights : public testing::TestWithParam<test::GoldenCase> {};

TEST_P(GoldenWeights, SpecIsInferredAsTheOptionsSay) {
  const ModelFile model = readModelFile(GetParam().weights());
  EXPECT_EQ(model.kind, FileKind::stateDict);
  EXPECT_EQ(model.spec, specOf(GetParam())) << model.spec.text();
}

TEST_P(GoldenWeights, OrderIsThatOfTheReference) {
  const ModelFile model = readModelFile(GetParam().weights());
  std::vector<std::string> expected;
  for (const TensorInfo& info : expectedTensors(model.spec))
    if (!info.optional || find(model.weights, info.name) != nullptr) expected.push_back(info.name);
  std::vector<std::string> found;
  for (const auto& [name, tensor] : model.weights) found.push_back(name);
  EXPECT_EQ(found, expected);
}

TEST_P(GoldenWeights, RoundTripThroughEveryFormatIsExact) {
  ModelFile model = readModelFile(GetParam().weights());
  EXPECT_EQ(readModelFile(stateDictBytes(model.weights)).weights, model.weights);
  EXPECT_EQ(readModelFile(safetensorsBytes(model)).weights, model.weights);
  const ModelFile again = readModelFile(modelFileBytes(model));
  EXPECT_EQ(again.weights, model.weights);
  EXPECT_EQ(again.spec, model.spec);
}

TEST_P(GoldenWeights, TensorsOfTheIndexAreThere) {
  const StateDict tensors = GetParam().tensors();
  for (const auto& [key, shape] : GetParam().entry.at("keys").items()) {
    const Tensor* tensor = find(tensors, key);
    ASSERT_NE(tensor, nullptr) << key;
    EXPECT_EQ(tensor->shape, shape.get<std::vector<std::int64_t>>()) << key;
  }
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GoldenWeights);
INSTANTIATE_TEST_SUITE_P(Reference, GoldenWeights, testing::ValuesIn(test::generatorCases()),
                         [](const auto& parameter) { return test::testName(parameter.param); });

}  // namespace
}  // namespace cut
