// SPDX-License-Identifier: MIT
// Resized images equal Pillow's, which are in the golden data.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "golden.hpp"
#include "trainer/data/pillow_resample.hpp"

namespace cut::trainer {
namespace {

// (H, W, C) uint8.
Picture pictureOf(const Tensor& tensor) {
  Picture picture(tensor.shape.at(1), tensor.shape.at(0), static_cast<int>(tensor.shape.at(2)));
  EXPECT_EQ(tensor.dtype, DType::uint8);
  EXPECT_EQ(tensor.data.size(), picture.pixels.size());
  std::memcpy(picture.pixels.data(), tensor.data.data(), std::min(tensor.data.size(), picture.pixels.size()));
  return picture;
}

int largestDifference(const Picture& a, const Picture& b) {
  int largest = a.pixels.size() == b.pixels.size() ? 0 : 256;
  for (std::size_t i = 0; i < std::min(a.pixels.size(), b.pixels.size()); ++i)
    largest = std::max(largest, std::abs(a.pixels[i] - b.pixels[i]));
  return largest;
}

class GoldenResample : public testing::TestWithParam<test::GoldenCase> {};

TEST_P(GoldenResample, PixelsMatchPillow) {
  const StateDict tensors = GetParam().tensors();
  const Tensor* image = find(tensors, "image");
  ASSERT_NE(image, nullptr);
  const Picture picture = pictureOf(*image);
  int compared = 0;
  for (const auto& [name, tensor] : tensors) {
    int width = 0;
    int height = 0;
    const bool bicubic = std::sscanf(name.c_str(), "bicubic_%dx%d", &width, &height) == 2;
    if (!bicubic && std::sscanf(name.c_str(), "bilinear_%dx%d", &width, &height) != 2) continue;
    const Picture result =
        resized(picture, width, height, bicubic ? Resampling::bicubic : Resampling::bilinear);
    // Its fixed point is ours: not a level apart.
    EXPECT_EQ(largestDifference(result, pictureOf(tensor)), 0) << name;
    ++compared;
  }
  EXPECT_GT(compared, 0);
}

INSTANTIATE_TEST_SUITE_P(Preprocess, GoldenResample, testing::ValuesIn(test::goldenCases("preprocess")),
                         [](const auto& which) { return test::testName(which.param); });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(GoldenResample);

}  // namespace
}  // namespace cut::trainer
