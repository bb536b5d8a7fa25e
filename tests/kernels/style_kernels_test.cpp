// SPDX-License-Identifier: MIT
// What StyleGAN2 generators need of the kernels, on every instruction set of this machine against plain sums
// in double: Winograd's convolutions on blocks of pixels, in bands, with an epilogue; the blur; the last
// layer.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "kernels/base/aligned_floats.hpp"
#include "kernels/conv/direct/image_layer.hpp"
#include "kernels/conv/winograd/winograd.hpp"
#include "kernels/image/style_blur.hpp"
#include "map_reference.hpp"
#include "targets.hpp"

namespace cut::tests {
namespace {

using cpu::Epilogue;
using cpu::MapShape;
using cpu::WinogradShape;

constexpr std::int64_t tileSide = 6;

struct StyleCase {
  std::int64_t height, width, inputs, outputs;
  bool spaceToDepth, depthToSpace;
  float slope, beta, noiseWeight;
};

// Sides below, at and beyond a tile; more than one chunk of 64 outputs; pieces that cross a chunk.
const std::vector<StyleCase> cases{
    {1, 2, 64, 16, true, false, 0.2F, 0, 0},     {7, 13, 64, 32, true, false, 0.2F, 1, 0},
    {6, 6, 16, 64, false, true, 1, 0, 0},        {13, 8, 32, 320, false, true, 0.2F, 0, 0.7F},
    {14, 25, 16, 80, false, false, 0.2F, 0, 0},  {14, 25, 32, 48, false, false, 0.2F, 0.5F, 0},
    {25, 14, 64, 128, true, true, 0.2F, 1, 0.3F}};

WinogradShape shapeOf(const StyleCase& c) {
  WinogradShape shape{c.height, c.width, c.inputs, c.outputs};
  shape.spaceToDepth = c.spaceToDepth;
  shape.depthToSpace = c.depthToSpace;
  return shape;
}

// A map in memory, whose pixel may be a block of 2x2 pixels with a quarter of the channels.
struct Stored {
  Stored(const StyleCase& c, std::int64_t allChannels, bool blocks)
      : scale(blocks ? 2 : 1),
        height(scale * c.height),
        width(scale * c.width),
        channels(allChannels / (scale * scale)) {}

  std::int64_t floats() const { return height * width * channels; }
  std::int64_t pixelAt(std::int64_t row, std::int64_t column, std::int64_t channel) const {
    const std::int64_t part = channel / channels;
    return (scale * row + part / 2) * width + scale * column + part % 2;
  }
  std::int64_t at(std::int64_t row, std::int64_t column, std::int64_t channel) const {
    return pixelAt(row, column, channel) * channels + channel % channels;
  }

  std::int64_t scale, height, width, channels;
};

struct Data {
  explicit Data(const StyleCase& c)
      : from(c, c.inputs, c.spaceToDepth),
        to(c, c.outputs, c.depthToSpace),
        x(randomFloats(from.floats(), 1)),
        before(randomFloats(to.floats(), 5)),
        weights(randomFloats(c.outputs * c.inputs * 9, 2, 0.05F)),
        bias(randomFloats(c.outputs, 3)),
        noise(randomFloats(to.height * to.width, 4)) {}

  Epilogue epilogue(const StyleCase& c) const {
    return {.slope = c.slope,
            .beta = c.beta,
            .noise = c.noiseWeight != 0 ? noise.data() : nullptr,
            .noiseWeight = c.noiseWeight};
  }

  Stored from, to;
  std::vector<float> x, before, weights, bias, noise;
};

double convolved(const StyleCase& c, const Data& data, std::int64_t row, std::int64_t column,
                 std::int64_t out) {
  double sum = data.bias[at(out)];
  for (std::int64_t tap = 0; tap < 9; ++tap) {
    const std::int64_t i = row + tap / 3 - 1, j = column + tap % 3 - 1;
    if (i < 0 || j < 0 || i >= c.height || j >= c.width) continue;
    for (std::int64_t in = 0; in < c.inputs; ++in)
      sum += static_cast<double>(data.x[at(data.from.at(i, j, in))]) *
             data.weights[at((out * c.inputs + in) * 9 + tap)];
  }
  return sum;
}

std::vector<double> reference(const StyleCase& c, const Data& data) {
  std::vector<double> y(data.before.size());
  for (std::int64_t row = 0; row < c.height; ++row)
    for (std::int64_t column = 0; column < c.width; ++column)
      for (std::int64_t out = 0; out < c.outputs; ++out) {
        const double sum = convolved(c, data, row, column, out) +
                           c.noiseWeight * data.noise[at(data.to.pixelAt(row, column, out))];
        const std::int64_t place = data.to.at(row, column, out);
        y[at(place)] = std::max(sum, c.slope * sum) + c.beta * data.before[at(place)];
      }
  return y;
}

// In bands of so many rows of tiles, each with only the rows of the maps that it needs; 0: the whole at once.
std::vector<float> run(const StyleCase& c, const Data& data, std::int64_t bandTileRows,
                       std::int64_t threads = 1) {
  WinogradShape shape = shapeOf(c);
  const auto packed = cpu::makeAlignedFloats(shape.weights());
  cpu::winogradWeights(cpu::denseKernels(data.weights.data(), c.outputs, c.inputs), packed.get(), shape,
                       cpu::serialFor);
  // Without beta nothing of y is read.
  std::vector<float> y(data.before.size(), std::numeric_limits<float>::quiet_NaN());
  if (c.beta != 0) y = data.before;
  const std::int64_t all = shape.tilesY(), step = bandTileRows > 0 ? bandTileRows : all;
  for (std::int64_t first = 0; first < all; first += step) {
    shape.band.firstTileRow = first;
    shape.band.tileRows = std::min(step, all - first);
    shape.band.xRow = std::max<std::int64_t>(first * tileSide - 1, 0) * data.from.scale;
    shape.band.yRow = first * tileSide * data.to.scale;
    const auto begin = data.x.begin() + shape.band.xRow * data.from.width * data.from.channels;
    const std::int64_t lastRow = std::min((first + shape.band.tileRows) * tileSide + 1, c.height);
    const std::vector<float> rows(
        begin, data.x.begin() + lastRow * data.from.scale * data.from.width * data.from.channels);
    Epilogue epilogue = data.epilogue(c);
    if (epilogue.noise) epilogue.noise += shape.band.yRow * data.to.width;
    const auto scratch = cpu::makeAlignedFloats(cpu::winogradScratch(shape, threads));
    cpu::winograd(rows.data(), {}, packed.get(), data.bias.data(),
                  y.data() + shape.band.yRow * data.to.width * data.to.channels, shape, nullptr,
                  scratch.get(), threads, cpu::serialFor, epilogue);
  }
  return y;
}

TEST(StyleConvolution, OutputMatchesDoubleReferenceOnEveryTarget) {
  for (const StyleCase& c : cases) {
    const Data data(c);
    const std::vector<double> expected = reference(c, data);
    forEachTarget([&](const char* target) {
      SCOPED_TRACE(std::string(target) + ", " + std::to_string(c.height) + "x" + std::to_string(c.width));
      EXPECT_LT(largestDifference(run(c, data, 0), expected), 2e-4);
    });
  }
}

TEST(StyleConvolution, BandsAndThreadsGiveTheSameOutput) {
  for (const StyleCase& c : cases) {
    const Data data(c);
    const std::vector<float> whole = run(c, data, 0);
    EXPECT_EQ(whole, run(c, data, 1));
    EXPECT_EQ(whole, run(c, data, 2));
    EXPECT_EQ(whole, run(c, data, 0, 3));
  }
}

TEST(StyleBlur, HalvedRowsMatchDoubleReferenceOnEveryTarget) {
  constexpr double taps[] = {1, 3, 3, 1};
  forEachTarget([&](const char* target) {
    for (const MapShape& shape : {MapShape{2, 2, 16}, MapShape{8, 6, 48}, MapShape{14, 20, 32}})
      for (const std::int64_t first : {std::int64_t{0}, shape.height / 4}) {
        SCOPED_TRACE(std::string(target) + ", " + std::to_string(shape.height) + " rows from " +
                     std::to_string(first));
        const auto x = randomFloats(shape.floats(), 1);
        const ReferenceMap map(x, shape, TestNorm(shape.channels, false));
        const std::int64_t rows = shape.height / 2 - first, xRow = std::max<std::int64_t>(2 * first - 1, 0);
        std::vector<double> expected;
        for (std::int64_t row = first; row < first + rows; ++row)
          for (std::int64_t column = 0; column < shape.width / 2; ++column)
            for (std::int64_t c = 0; c < shape.channels; ++c) {
              double sum = 0;
              for (std::int64_t tap = 0; tap < 16; ++tap)
                sum += taps[tap / 4] * taps[tap % 4] / 64 *
                       map.orZero(2 * row - 1 + tap / 4, 2 * column - 1 + tap % 4, c);
              expected.push_back(sum);
            }
        std::vector<float> y(expected.size());
        cpu::styleBlurHalve(x.data() + xRow * shape.width * shape.channels, y.data(), shape,
                            {first, rows, xRow}, cpu::serialFor);
        EXPECT_LT(largestDifference(y, expected), 1e-5);
      }
  });
}

TEST(ImageLayer, OutputMatchesDoubleReferenceOnEveryTarget) {
  forEachTarget([&](const char* target) {
    for (const std::int64_t pixels : {1, 12, 300})
      for (const std::int64_t outputs : {1, 3, 4}) {
        SCOPED_TRACE(std::string(target) + ", " + std::to_string(pixels) + " pixels");
        constexpr std::int64_t inputs = 32;
        const auto x = randomFloats(pixels * inputs, 1);
        auto weights = randomFloats(inputs * cpu::maxImageChannels, 2, 0.2F);
        auto bias = randomFloats(cpu::maxImageChannels, 3);
        std::vector<double> expected;
        for (std::int64_t p = 0; p < pixels; ++p)
          for (std::int64_t out = 0; out < outputs; ++out) {
            double sum = bias[at(out)];
            for (std::int64_t in = 0; in < inputs; ++in)
              sum +=
                  static_cast<double>(x[at(p * inputs + in)]) * weights[at(in * cpu::maxImageChannels + out)];
            expected.push_back(std::max(sum, 0.2 * sum));
          }
        std::vector<float> y(expected.size() + 1, 7.0F);
        cpu::imageLayer(x.data(), weights.data(), bias.data(), y.data(), {pixels, inputs, outputs, 0.2F},
                        cpu::serialFor);
        EXPECT_EQ(y.back(), 7.0F) << "nothing is written behind the outputs";
        y.pop_back();
        EXPECT_LT(largestDifference(y, expected), 2e-5);
      }
  });
}

}  // namespace
}  // namespace cut::tests
