// SPDX-License-Identifier: MIT
// Direct convolutions on every instruction set of this machine against plain sums in double.
#include "kernels/conv/direct/direct_convolution.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "map_reference.hpp"
#include "targets.hpp"

namespace cut::tests {
namespace {

using cpu::DirectShape;

struct DirectCase {
  std::int64_t outHeight, outWidth, inputs, outputs, kernelHeight, kernelWidth, stride;
  bool skipLastHalfPanel = false;
  float slope = 1;
};

// The kernels of the networks, with sides that are not multiples of a run.
const std::vector<DirectCase> cases{{1, 1, 1, 16, 7, 7, 1},
                                    {5, 13, 3, 48, 7, 7, 1},
                                    {3, 29, 16, 16, 3, 3, 2},
                                    {4, 12, 32, 64, 3, 3, 2},
                                    {6, 25, 16, 32, 7, 1, 1},
                                    {3, 7, 16, 16, 1, 2, 1},
                                    {2, 5, 4, 80, 2, 2, 1},
                                    {4, 27, 16, 32, 7, 1, 1, true},
                                    {3, 40, 5, 16, 3, 3, 1, true},
                                    {2, 31, 16, 48, 7, 1, 1, true},
                                    {8, 15, 3, 16, 4, 4, 2},
                                    {1, 1, 48, 80, 4, 4, 2},
                                    {10, 2, 16, 112, 4, 4, 2},
                                    {9, 5, 32, 48, 2, 2, 1},
                                    {2, 2, 32, 48, 2, 2, 1, true},
                                    {4, 17, 48, 48, 1, 1, 1},
                                    {3, 29, 3, 48, 1, 1, 1, false, 0.2F},
                                    {2, 31, 16, 32, 3, 3, 1, true, 0.2F}};

// Outputs two pixels and rows apart, as transposed convolutions write them.
DirectShape shapeOf(const DirectCase& c) {
  DirectShape shape{c.outHeight, c.outWidth, c.inputs, c.outputs, c.kernelHeight, c.kernelWidth, c.stride};
  shape.inRow = ((c.outWidth - 1) * c.stride + c.kernelWidth) * c.inputs;
  shape.outPixel = 2 * c.outputs;
  shape.outRow = 2 * c.outWidth * shape.outPixel;
  shape.skipLastHalfPanel = c.skipLastHalfPanel;
  shape.slope = c.slope;
  return shape;
}

double sumAt(const DirectShape& shape, const std::vector<float>& x, const std::vector<float>& weights,
             std::int64_t row, std::int64_t pixel, std::int64_t out) {
  double sum = 0;
  for (std::int64_t i = 0; i < shape.kernelHeight; ++i)
    for (std::int64_t j = 0; j < shape.kernelWidth; ++j)
      for (std::int64_t in = 0; in < shape.inChannels; ++in) {
        const std::int64_t from =
            (row * shape.stride + i) * shape.inRow + (pixel * shape.stride + j) * shape.inChannels + in;
        sum += static_cast<double>(x[at(from)]) * weights[at(cpu::directWeightAt(shape, out, in, i, j))];
      }
  return sum;
}

TEST(DirectConvolution, OutputMatchesDoubleReferenceOnEveryTarget) {
  forEachTarget([](const char* target) {
    for (const DirectCase& c : cases) {
      SCOPED_TRACE(std::string(target) + ", " + std::to_string(c.outHeight) + "x" +
                   std::to_string(c.outWidth));
      const DirectShape shape = shapeOf(c);
      const auto x = randomFloats(((c.outHeight - 1) * c.stride + c.kernelHeight) * shape.inRow, 1);
      const auto weights = randomFloats(shape.weights(), 2, 0.2F);
      const auto bias = randomFloats(c.outputs, 3);
      std::vector<float> y(at(c.outHeight * shape.outRow), 5.0F);
      std::vector<double> expected(y.size(), 5.0);  // floats between the outputs are not written
      for (std::int64_t row = 0; row < c.outHeight; ++row)
        for (std::int64_t pixel = 0; pixel < c.outWidth; ++pixel)
          for (std::int64_t out = 0; out < c.outputs - (c.skipLastHalfPanel ? 8 : 0); ++out) {
            const double sum = bias[at(out)] + sumAt(shape, x, weights, row, pixel, out);
            expected[at(row * shape.outRow + pixel * shape.outPixel + out)] = std::max(sum, c.slope * sum);
          }
      cpu::directConvolution(x.data(), weights.data(), bias.data(), y.data(), shape, cpu::serialFor);
      EXPECT_LT(largestDifference(y, expected), 5e-5);
    }
  });
}

}  // namespace
}  // namespace cut::tests
