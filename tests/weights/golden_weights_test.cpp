// Every generator of the golden set: what its state_dict says the network is.
#include <gtest/gtest.h>

#include "cut/model_file.hpp"
#include "golden.hpp"
#include "weights/model_writer.hpp"

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
  // "resnet_9blocks"
  const int blocks = std::stoi(golden.option("netG", "resnet_9blocks").substr(7));
  // The reference drops out only where no_dropout is taken back.
  const std::string noDropout = golden.option("no_dropout", "true");
  return {.blocks = blocks,
          .inputChannels = number("input_nc", "3"),
          .outputChannels = number("output_nc", "3"),
          .ngf = number("ngf", "64"),
          .norm = normFromName(golden.option("normG", "instance")),
          .noAntialias = flag("no_antialias"),
          .noAntialiasUp = flag("no_antialias_up"),
          .dropout = noDropout == "false" || noDropout == "False"};
}

class GoldenWeights : public testing::TestWithParam<test::GoldenCase> {};

TEST_P(GoldenWeights, AreOfTheNetworkThatTheOptionsName) {
  const ModelFile model = readModelFile(GetParam().weights());
  EXPECT_EQ(model.kind, FileKind::stateDict);
  EXPECT_EQ(model.spec, specOf(GetParam())) << model.spec.text();
}

TEST_P(GoldenWeights, AreInTheOrderOfTheReferencesStateDict) {
  const ModelFile model = readModelFile(GetParam().weights());
  std::vector<std::string> expected;
  for (const TensorInfo& info : expectedTensors(model.spec))
    if (!info.optional || find(model.weights, info.name) != nullptr) expected.push_back(info.name);
  std::vector<std::string> found;
  for (const auto& [name, tensor] : model.weights) found.push_back(name);
  EXPECT_EQ(found, expected);
}

TEST_P(GoldenWeights, ComeBackFromBothFormatsBitByBit) {
  ModelFile model = readModelFile(GetParam().weights());
  EXPECT_EQ(readModelFile(stateDictBytes(model.weights)).weights, model.weights);
  const ModelFile again = readModelFile(modelFileBytes(model));
  EXPECT_EQ(again.weights, model.weights);
  EXPECT_EQ(again.spec, model.spec);
}

TEST_P(GoldenWeights, ComeWithTheTensorsThatTheIndexLists) {
  const StateDict tensors = GetParam().tensors();
  for (const auto& [key, shape] : GetParam().entry.at("keys").items()) {
    const Tensor* tensor = find(tensors, key);
    ASSERT_NE(tensor, nullptr) << key;
    EXPECT_EQ(tensor->shape, shape.get<std::vector<std::int64_t>>()) << key;
  }
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GoldenWeights);
INSTANTIATE_TEST_SUITE_P(Reference, GoldenWeights, testing::ValuesIn(test::resnetCases()),
                         [](const auto& parameter) { return test::testName(parameter.param); });

}  // namespace
}  // namespace cut
