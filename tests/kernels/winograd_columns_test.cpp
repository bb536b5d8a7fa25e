// SPDX-License-Identifier: MIT
// Convolutions of seven rows by F(4, 7) on every instruction set of this machine against plain sums in
// double.
#include "kernels/conv/winograd/winograd_columns.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "backends/cpu/thread_pool.hpp"
#include "kernels/base/aligned_floats.hpp"
#include "map_reference.hpp"
#include "targets.hpp"

namespace cut::tests {
namespace {

using cpu::ColumnsShape;
using cpu::MapShape;

struct ColumnsCase {
  std::int64_t height, width, inputs, outputs, kernelWidth;
  bool norm;
};

// A generator's first and last layer with one to four channels; the smallest heights; partial tiles; one
// part, several, and parts of unequal width; padded channels; a last panel with and without
// skipLastHalfPanel.
const std::vector<ColumnsCase> cases{
    {4, 4, 1, 16, 7, false},  {5, 1, 3, 16, 7, false},     {6, 47, 3, 64, 7, false},
    {7, 49, 4, 32, 7, false}, {12, 101, 3, 48, 7, false},  {9, 48, 16, 7, 1, true},
    {4, 3, 45, 21, 1, true},  {6, 10, 3, 5, 7, false},     {10, 97, 64, 21, 1, true},
    {8, 50, 32, 28, 1, true}, {13, 150, 16, 14, 1, false},
};

// Channels of x: those of a first layer are not padded.
std::int64_t inChannelsOf(const ColumnsCase& c) {
  return c.kernelWidth == 1 ? cpu::paddedChannels(c.inputs) : c.inputs;
}

// Rows of x are strided. Only a last layer has outputs that may stay undefined.
ColumnsShape shapeOf(const ColumnsCase& c) {
  ColumnsShape shape{.height = c.height,
                     .width = c.width,
                     .inChannels = inChannelsOf(c),
                     .outChannels = cpu::paddedChannels(c.outputs),
                     .kernelWidth = c.kernelWidth};
  shape.inRow = (c.width + c.kernelWidth - 1) * shape.inChannels + 5;
  shape.skipLastHalfPanel = c.kernelWidth == 1 && shape.outChannels - c.outputs >= cpu::channelGroup / 2;
  return shape;
}

class Weights {
 public:
  explicit Weights(const ColumnsCase& c)
      : case_(c), values_(randomFloats(c.outputs * c.inputs * 7 * c.kernelWidth, 2, 0.2F)) {}

  float operator()(std::int64_t out, std::int64_t in, std::int64_t row, std::int64_t column) const {
    return values_[at(((out * case_.inputs + in) * 7 + row) * case_.kernelWidth + column)];
  }

 private:
  ColumnsCase case_;
  std::vector<float> values_;
};

// (height, width, outputs), without channel padding.
std::vector<double> expectedOf(const ColumnsCase& c, const ReferenceMap& map, const Weights& weights,
                               const std::vector<float>& bias) {
  std::vector<double> expected;
  for (std::int64_t row = 0; row < c.height; ++row)
    for (std::int64_t pixel = 0; pixel < c.width; ++pixel)
      for (std::int64_t out = 0; out < c.outputs; ++out) {
        double sum = bias[at(out)];
        for (std::int64_t i = 0; i < 7; ++i)
          for (std::int64_t j = 0; j < c.kernelWidth; ++j)
            for (std::int64_t in = 0; in < c.inputs; ++in)
              sum += map.reflected(row + i - 3, pixel + j, in) * weights(out, in, i, j);
        expected.push_back(sum);
      }
  return expected;
}

// x with NaN between its rows, which no output may depend on.
std::vector<float> spaced(const std::vector<float>& x, const ColumnsShape& shape) {
  std::vector<float> rows(at(shape.height * shape.inRow), std::numeric_limits<float>::quiet_NaN());
  const std::int64_t row = (shape.width + shape.kernelWidth - 1) * shape.inChannels;
  for (std::int64_t i = 0; i < shape.height; ++i)
    std::copy_n(x.begin() + i * row, row, rows.begin() + i * shape.inRow);
  return rows;
}

Convolved convolved(const ColumnsCase& c, const std::vector<float>& x, const Weights& weights,
                    const std::vector<float>& bias, cpu::ThreadPool& pool, bool measured = true) {
  const ColumnsShape shape = shapeOf(c);
  const TestNorm norm(shape.inChannels, c.norm);
  auto packed = cpu::makeAlignedFloats(shape.weights());
  cpu::winogradColumnsWeights(weights, c.outputs, c.inputs, packed.get(), shape);
  auto scratch = cpu::makeAlignedFloats(cpu::winogradColumnsScratch(shape, pool.threads()));
  std::vector<float> statistics(at(shape.statistics()));
  Convolved result(c.height * c.width, shape.outChannels);
  cpu::winogradColumns(x.data(), norm.norm(), packed.get(), bias.data(), result.y.data(), shape,
                       measured ? statistics.data() : nullptr, scratch.get(), pool.threads(), pool);
  if (!measured) return result;
  cpu::winogradColumnsMoments(statistics.data(), shape, 1e-5F, result.mean.data(), result.invStd.data(),
                              cpu::serialFor);
  return result;
}

// Without channel padding.
Convolved outputsOf(const ColumnsCase& c, const Convolved& result) {
  Convolved outputs(c.height * c.width, c.outputs);
  const std::int64_t stride = cpu::paddedChannels(c.outputs);
  for (std::size_t i = 0; i < outputs.y.size(); ++i)
    outputs.y[i] = result.y[i / at(c.outputs) * at(stride) + i % at(c.outputs)];
  std::copy_n(result.mean.begin(), c.outputs, outputs.mean.begin());
  std::copy_n(result.invStd.begin(), c.outputs, outputs.invStd.begin());
  return outputs;
}

TEST(WinogradColumns, OutputMatchesDoubleReferenceOnEveryTarget) {
  cpu::ThreadPool pool(2);
  forEachTarget([&](const char* target) {
    for (const ColumnsCase& c : cases) {
      SCOPED_TRACE(std::string(target) + ", " + std::to_string(c.height) + "x" + std::to_string(c.width) +
                   ", " + std::to_string(c.inputs) + " to " + std::to_string(c.outputs));
      const ColumnsShape shape = shapeOf(c);
      const MapShape in{c.height, c.width + c.kernelWidth - 1, shape.inChannels};
      const auto x = randomFloats(in.floats(), 1);
      const Weights weights(c);
      const auto bias = randomFloats(shape.outChannels, 3);
      const auto expected =
          expectedOf(c, ReferenceMap(x, in, TestNorm(shape.inChannels, c.norm)), weights, bias);
      const Convolved all = convolved(c, spaced(x, shape), weights, bias, pool);
      const Convolved result = outputsOf(c, all);
      double square = 0;
      for (const double value : expected) square += value * value / static_cast<double>(expected.size());
      EXPECT_LT(largestDifference(result.y, expected), 4e-5 * std::sqrt(square));
      expectTheMomentsOfWhatIsWritten(result);
      const std::int64_t written = shape.outChannels - (shape.skipLastHalfPanel ? cpu::channelGroup / 2 : 0);
      for (std::int64_t i = 0; i < c.height * c.width * shape.outChannels; ++i) {
        const std::int64_t out = i % shape.outChannels;
        if (out < c.outputs || out >= written) continue;
        EXPECT_EQ(all.y[at(i)], bias[at(out)]) << "beyond the outputs";
      }
      const Convolved unmeasured = convolved(c, spaced(x, shape), weights, bias, pool, false);
      EXPECT_EQ(outputsOf(c, unmeasured).y, result.y);
    }
  });
}

TEST(WinogradColumns, OutputDoesNotDependOnThreadCount) {
  const ColumnsCase c{22, 130, 3, 32, 7, false};
  const auto x = spaced(randomFloats(22 * 136 * 3, 1), shapeOf(c));
  const Weights weights(c);
  const auto bias = randomFloats(32, 3);
  cpu::ThreadPool one(1), three(3);
  EXPECT_EQ(convolved(c, x, weights, bias, one), convolved(c, x, weights, bias, three));
}

}  // namespace
}  // namespace cut::tests
