// SPDX-License-Identifier: MIT
// Tensors and their conversion to float.
#include "cuttranslate/tensor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "cuttranslate/error.hpp"

namespace cut {
namespace {

using testing::ElementsAre;

template <typename T>
Tensor vectorOf(DType type, std::initializer_list<T> values) {
  Tensor tensor{
      type, {static_cast<std::int64_t>(values.size())}, std::vector<std::byte>(values.size() * sizeof(T))};
  std::memcpy(tensor.data.data(), values.begin(), tensor.data.size());
  return tensor;
}

TEST(Tensor, ConvertsHalfPrecisionExactly) {
  const auto half =
      vectorOf<std::uint16_t>(DType::float16, {0x3C00, 0xC000, 0x0001, 0x7BFF, 0x8000, 0x7C00, 0x03FF});
  EXPECT_THAT(toFloats(half), ElementsAre(1.0F, -2.0F, std::ldexp(1.0F, -24), 65504.0F, -0.0F,
                                          std::numeric_limits<float>::infinity(), std::ldexp(1023.0F, -24)));
  EXPECT_TRUE(std::isnan(toFloats(vectorOf<std::uint16_t>(DType::float16, {0x7E00}))[0]));
  EXPECT_TRUE(std::signbit(toFloats(half)[4]));
}

TEST(Tensor, ConvertsBfloat16) {
  EXPECT_THAT(toFloats(vectorOf<std::uint16_t>(DType::bfloat16, {0x3F80, 0xC040})), ElementsAre(1.0F, -3.0F));
}

TEST(Tensor, ConvertsDoublesBeyondFloatToInfinity) {
  EXPECT_THAT(
      toFloats(vectorOf<double>(DType::float64, {1e300, -1e300, 0.5})),
      ElementsAre(std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(), 0.5F));
}

TEST(Tensor, ConvertsIntegersAndBooleans) {
  EXPECT_THAT(toFloats(vectorOf<std::int64_t>(DType::int64, {-5, 1 << 20})), ElementsAre(-5.0F, 1048576.0F));
  EXPECT_THAT(toFloats(vectorOf<std::int32_t>(DType::int32, {-5})), ElementsAre(-5.0F));
  EXPECT_THAT(toFloats(vectorOf<std::int16_t>(DType::int16, {-5})), ElementsAre(-5.0F));
  EXPECT_THAT(toFloats(vectorOf<std::int8_t>(DType::int8, {-5})), ElementsAre(-5.0F));
  EXPECT_THAT(toFloats(vectorOf<std::uint8_t>(DType::uint8, {250})), ElementsAre(250.0F));
  EXPECT_THAT(toFloats(vectorOf<std::uint8_t>(DType::boolean, {0, 1, 7})), ElementsAre(0.0F, 1.0F, 1.0F));
}

TEST(Tensor, RefusesBytesThatDoNotFitTheShape) {
  EXPECT_THROW(toFloats(Tensor{DType::float32, {3}, std::vector<std::byte>(4)}), Error);
  EXPECT_THROW(fromFloats({2, 2}, {1, 2, 3}), Error);
  EXPECT_THROW(fromFloats({-1}, {}), Error);
}

TEST(Tensor, ShapeTextIsAsInPython) {
  EXPECT_EQ(shapeText({}), "()");
  EXPECT_EQ(shapeText({8}), "(8,)");
  EXPECT_EQ(shapeText({64, 3, 7, 7}), "(64, 3, 7, 7)");
}

}  // namespace
}  // namespace cut
