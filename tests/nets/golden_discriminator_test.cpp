// SPDX-License-Identifier: MIT
// Every discriminator of the golden set.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "cuttranslate/model_file.hpp"
#include "golden_tensors.hpp"
#include "nets/state_dict.hpp"

namespace cut::nets {
namespace {

std::vector<test::GoldenCase> knownCases() {
  auto cases = test::goldenCases("discriminator");
  std::erase_if(cases, [](const auto& golden) { return !test::isKnownDiscriminator(golden); });
  return cases;
}

class GoldenDiscriminator : public testing::TestWithParam<test::GoldenCase> {
 protected:
  StateDict weights_ = readStateDict(GetParam().weights());
  StateDict tensors_ = GetParam().tensors();
  Discriminator discriminator_{test::discriminatorSpec(GetParam())};
};

TEST_P(GoldenDiscriminator, PredictionsMatchTheReference) {
  const at::NoGradGuard noGrad;
  loadStateDict(discriminator_, weights_);
  const at::Tensor input = test::tensorOf(tensors_, "input");
  // The reference's discriminators stay in training mode; evaluation is told apart where the case has both.
  for (const char* key : {"output", "output_train", "output_eval"}) {
    if (!GetParam().has(key)) continue;
    discriminator_.train(std::string_view(key) != "output_eval");
    EXPECT_LE(test::largestDifference(discriminator_.forward(input), test::tensorOf(tensors_, key)), 1e-4)
        << key;
  }
}

TEST_P(GoldenDiscriminator, StateDictKeysMatchTheReferencesOrder) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : weights_) names.push_back(name);
  EXPECT_EQ(discriminator_.tensorNames(), names);
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GoldenDiscriminator);
INSTANTIATE_TEST_SUITE_P(Reference, GoldenDiscriminator, testing::ValuesIn(knownCases()),
                         [](const auto& golden) { return test::testName(golden.param); });

}  // namespace
}  // namespace cut::nets
