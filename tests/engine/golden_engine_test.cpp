// Every generator of the golden set through libcut's facade and the engine module torch.
#include <gtest/gtest.h>

#include <cmath>

#include "cut/engine.hpp"
#include "cut/model_file.hpp"
#include "golden.hpp"

namespace cut {
namespace {

constexpr float bound = 1e-4F;

class GoldenEngine : public testing::TestWithParam<test::GoldenCase> {};

TEST_P(GoldenEngine, GivesTheReferencesOutputForEachImage) {
  const StateDict tensors = GetParam().tensors();
  const Tensor& input = *find(tensors, "input");
  const Tensor& output = *find(tensors, GetParam().has("output") ? "output" : "output_eval");
  const std::vector<float> in = toFloats(input);
  const std::vector<float> expected = toFloats(output);
  const auto images = static_cast<std::size_t>(input.shape[0]);

  const auto stream =
      SharedModel::open(GetParam().weights(), {.engine = "torch", .device = "cpu"})->makeStream();
  stream->configure({static_cast<int>(input.shape[3]), static_cast<int>(input.shape[2])});
  std::vector<float> got(expected.size());
  for (std::size_t i = 0; i < images; ++i)
    stream->translate(std::span(in).subspan(i * in.size() / images, in.size() / images),
                      std::span(got).subspan(i * got.size() / images, got.size() / images));
  float worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) worst = std::max(worst, std::abs(got[i] - expected[i]));
  EXPECT_LE(worst, bound);
  RecordProperty("largest_difference", std::to_string(worst));
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GoldenEngine);
INSTANTIATE_TEST_SUITE_P(Reference, GoldenEngine, testing::ValuesIn(test::resnetCases()),
                         [](const auto& golden) { return test::testName(golden.param); });

}  // namespace
}  // namespace cut
