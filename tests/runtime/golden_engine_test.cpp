// SPDX-License-Identifier: MIT
// Every generator of the golden set through libcuttranslate's facade and the engine module torch.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "cuttranslate/engine.hpp"
#include "cuttranslate/model_file.hpp"
#include "golden.hpp"
#include "golden_translation.hpp"

namespace cut {
namespace {

constexpr float bound = 1e-4F;

class GoldenEngine : public testing::TestWithParam<test::GoldenCase> {};

TEST_P(GoldenEngine, OutputEqualsReferenceForEachImage) {
  const auto translation = test::translateGolden(GetParam(), {.engine = "torch", .device = "cpu"});
  if (!translation.misfit.empty()) GTEST_SKIP() << translation.misfit;
  const std::vector<float>&got = translation.got, &expected = translation.expected;
  float worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) worst = std::max(worst, std::abs(got[i] - expected[i]));
  EXPECT_LE(worst, bound);
  RecordProperty("largest_difference", std::to_string(worst));
}

// A real frame through the trained weights that the demo ships.
TEST(ShippedModel, PixelsEqualReference) {
  const StateDict tensors = readStateDict(CUT_SHIPPED_FRAME);
  const Tensor& frame = *find(tensors, "frame");  // (240, 320, 3) uint8
  const std::vector<float> expected = toFloats(*find(tensors, "output"));
  const auto model = SharedModel::open(CUT_SHIPPED_MODEL, {.engine = "torch", .device = "cpu"});
  model->verify();
  const auto stream = model->makeStream();
  const int height = static_cast<int>(frame.shape[0]);
  const int width = static_cast<int>(frame.shape[1]);
  stream->configure({width, height});

  std::vector<float> in(expected.size());
  const std::size_t pixels = in.size() / 3;
  for (std::size_t i = 0; i < in.size(); ++i)
    in[i] = static_cast<float>(std::to_integer<int>(frame.data[i % pixels * 3 + i / pixels])) / 127.5F - 1;
  std::vector<float> got(expected.size());
  stream->translate(in, got);

  const auto* pixelsIn = reinterpret_cast<const std::uint8_t*>(frame.data.data());
  std::vector<std::uint8_t> bytes(frame.data.size());
  stream->translate(ImageView{pixelsIn, 3 * width, width, height, {}},
                    MutableImageView{bytes.data(), 3 * width, width, height, {}});
  float worst = 0;
  float worstLevels = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    worst = std::max(worst, std::abs(got[i] - expected[i]));
    const float level = (std::clamp(expected[i], -1.0F, 1.0F) + 1) * 127.5F;
    worstLevels =
        std::max(worstLevels, std::abs(static_cast<float>(bytes[i % pixels * 3 + i / pixels]) - level));
  }
  EXPECT_LE(worst, bound);
  EXPECT_LE(worstLevels, 0.52F) << "rounded to the nearest level";
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GoldenEngine);
INSTANTIATE_TEST_SUITE_P(Reference, GoldenEngine, testing::ValuesIn(test::generatorCases()),
                         [](const auto& golden) { return test::testName(golden.param); });

}  // namespace
}  // namespace cut
