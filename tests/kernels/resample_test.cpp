// SPDX-License-Identifier: MIT
// Zero padding, blur pooling and the output stage, on every instruction set of this machine.
#include "kernels/image/resample.hpp"
#include "kernels/base/feature_map.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "kernels/conv/direct/output_stage.hpp"
#include "map_reference.hpp"
#include "targets.hpp"

namespace cut::tests {
namespace {

using cpu::MapShape;

const std::vector<MapShape> shapes{{2, 2, 16}, {4, 6, 32}, {10, 2, 48}, {6, 14, 16}};
constexpr double bound = 1e-5;

// Calls body(map, norm, x, shape) for every shape, with a norm and without, on every target.
void forEachMap(const std::function<void(const ReferenceMap&, const cpu::NormRelu&, const std::vector<float>&,
                                         const MapShape&)>& body) {
  forEachTarget([&](const char* target) {
    for (const MapShape& shape : shapes)
      for (const bool normed : {false, true}) {
        SCOPED_TRACE(std::string(target) + ", " + std::to_string(shape.height) + "x" +
                     std::to_string(shape.width));
        const TestNorm norm(shape.channels, normed);
        const auto x = randomFloats(shape.floats(), 1);
        body(ReferenceMap(x, shape, norm), norm.norm(), x, shape);
      }
  });
}

std::vector<float> unwritten(std::int64_t count) {
  return std::vector<float>(static_cast<std::size_t>(count), std::numeric_limits<float>::quiet_NaN());
}

TEST(PadWithZeros, NormedMapIsSurroundedByZeros) {
  forEachMap([](const ReferenceMap& map, const cpu::NormRelu& norm, const std::vector<float>& x,
                const MapShape& shape) {
    auto y = unwritten((shape.height + 3) * (shape.width + 3) * shape.channels);
    std::vector<double> expected;
    for (std::int64_t row = -1; row < shape.height + 2; ++row)
      for (std::int64_t column = -1; column < shape.width + 2; ++column)
        for (std::int64_t c = 0; c < shape.channels; ++c) expected.push_back(map.orZero(row, column, c));
    cpu::padWithZeros(x.data(), norm, y.data(), shape, {.before = 1, .after = 2}, cpu::serialFor);
    EXPECT_LT(largestDifference(y, expected), bound);
  });
}

// A U-Net concatenates two maps like this.
TEST(PadWithZeros, LeakyReluIntoChannelsOfAWiderMap) {
  forEachTarget([](const char* target) {
    for (const MapShape& shape : shapes) {
      SCOPED_TRACE(std::string(target) + ", " + std::to_string(shape.height) + "x" +
                   std::to_string(shape.width));
      const TestNorm norm(shape.channels, true);
      const auto x = randomFloats(shape.floats(), 1);
      const ReferenceMap map(x, shape, norm, 0.2F);
      const std::int64_t outPixel = shape.channels + 32;
      std::vector<float> y(static_cast<std::size_t>((shape.height + 2) * (shape.width + 2) * outPixel), 5.0F);
      std::vector<double> expected;
      for (std::int64_t row = -1; row < shape.height + 1; ++row)
        for (std::int64_t column = -1; column < shape.width + 1; ++column)
          for (std::int64_t c = -16; c < shape.channels + 16; ++c)
            expected.push_back(c < 0 || c >= shape.channels ? 5.0 : map.orZero(row, column, c));
      cpu::padWithZeros(x.data(), norm.norm(), y.data() + 16, shape,
                        {.before = 1, .after = 1, .outPixel = outPixel, .slope = 0.2F}, cpu::serialFor);
      EXPECT_LT(largestDifference(y, expected), bound);
    }
  });
}

TEST(PadWithZeros, NanPassesTheRelu) {
  forEachTarget([](const char* target) {
    const MapShape shape{2, 2, 16};
    const TestNorm norm(shape.channels, true);
    auto x = randomFloats(shape.floats(), 1);
    x[5] = std::numeric_limits<float>::quiet_NaN();
    for (const float slope : {0.0F, 0.2F}) {
      SCOPED_TRACE(std::string(target) + ", slope " + std::to_string(slope));
      auto y = unwritten(shape.floats());
      cpu::padWithZeros(x.data(), norm.norm(), y.data(), shape, {.slope = slope}, cpu::serialFor);
      for (std::size_t i = 0; i < y.size(); ++i) EXPECT_EQ(std::isnan(y[i]), i == 5) << i;
    }
  });
}

TEST(BlurPool, BlurPoolMatchesTheReferencesDownsampling) {
  forEachMap([](const ReferenceMap& map, const cpu::NormRelu& norm, const std::vector<float>& x,
                const MapShape& shape) {
    auto y = unwritten(shape.floats() / 4);
    std::vector<double> expected;
    const double taps[3] = {0.25, 0.5, 0.25};
    for (std::int64_t row = 0; row < shape.height; row += 2)
      for (std::int64_t column = 0; column < shape.width; column += 2)
        for (std::int64_t c = 0; c < shape.channels; ++c) {
          double sum = 0;
          for (int tap = 0; tap < 9; ++tap)
            sum += taps[tap / 3] * taps[tap % 3] * map.reflected(row + tap / 3 - 1, column + tap % 3 - 1, c);
          expected.push_back(sum);
        }
    cpu::blurPool(x.data(), norm, y.data(), shape, cpu::serialFor);
    EXPECT_LT(largestDifference(y, expected), bound);
  });
}

TEST(OutputStage, OutputStageIsCol2imBiasAndTanh) {
  forEachTarget([](const char* target) {
    for (const std::int64_t outputs : {1, 3, 4}) {
      SCOPED_TRACE(std::string(target) + ", " + std::to_string(outputs) + " outputs");
      const cpu::OutputStageShape shape{3, 11, outputs, 32};
      const auto partial = randomFloats(shape.height * shape.width * shape.partialStride, 1, 0.4F);
      const auto bias = randomFloats(outputs, 2);
      const ReferenceMap map(partial, {shape.height, shape.width, shape.partialStride}, {1, false});
      auto y = unwritten(shape.height * shape.width * outputs);
      std::vector<double> expected;
      for (std::int64_t row = 0; row < shape.height; ++row)
        for (std::int64_t column = 0; column < shape.width; ++column)
          for (std::int64_t c = 0; c < outputs; ++c) {
            double sum = bias[static_cast<std::size_t>(c)];
            for (std::int64_t j = 0; j < 7; ++j) sum += map.reflected(row, column + j - 3, j * outputs + c);
            expected.push_back(std::tanh(sum));
          }
      cpu::outputStage(partial.data(), bias.data(), y.data(), shape, cpu::serialFor);
      EXPECT_LT(largestDifference(y, expected), bound);
    }
  });
}

// Each input pixel adds its taps to the output with stride 2 and padding 1.
TEST(TransposedOutputStage, TransposedOutputStageIsCol2imBiasAndTanh) {
  forEachTarget([](const char* target) {
    for (const std::int64_t outputs : {1, 3, 4}) {
      SCOPED_TRACE(std::string(target) + ", " + std::to_string(outputs) + " outputs");
      const cpu::TransposedOutputStageShape shape{3, 5, outputs};
      const auto partial = randomFloats(shape.height * shape.width * 16 * outputs, 1, 0.4F);
      const auto bias = randomFloats(outputs, 2);
      const std::int64_t rows = 2 * shape.height, columns = 2 * shape.width;
      std::vector<double> expected;
      for (std::int64_t i = 0; i < rows * columns; ++i)
        expected.insert(expected.end(), bias.begin(), bias.end());
      for (std::int64_t i = 0; i < static_cast<std::int64_t>(partial.size()); ++i) {
        const std::int64_t tap = i / outputs % 16, pixel = i / outputs / 16;
        const std::int64_t row = pixel / shape.width * 2 + tap / 4 - 1;
        const std::int64_t column = pixel % shape.width * 2 + tap % 4 - 1;
        if (row < 0 || column < 0 || row >= rows || column >= columns) continue;
        expected[static_cast<std::size_t>((row * columns + column) * outputs + i % outputs)] +=
            partial[static_cast<std::size_t>(i)];
      }
      for (double& value : expected) value = std::tanh(value);
      auto y = unwritten(rows * columns * outputs);
      cpu::transposedOutputStage(partial.data(), bias.data(), y.data(), shape, cpu::serialFor);
      EXPECT_LT(largestDifference(y, expected), bound);
    }
  });
}

}  // namespace
}  // namespace cut::tests
