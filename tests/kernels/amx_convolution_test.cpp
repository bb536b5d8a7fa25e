// SPDX-License-Identifier: MIT
// AMX convolutions against plain sums of inputs and weights that are rounded in the same way, so that only
// the order of summation differs. bf16x3 is compared with exact inputs and weights.
#include "kernels/conv/amx/amx_convolution.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "backends/cpu/thread_pool.hpp"
#include "kernels/base/aligned_floats.hpp"
#include "kernels/base/cpu_features.hpp"
#include "kernels/conv/convolution.hpp"
#include "map_reference.hpp"

namespace cut::tests {
namespace {

using cpu::AmxShape;
using cpu::ComputeType;
using cpu::MapShape;
using cpu::Padding;

struct AmxCase {
  std::int64_t height, width, inputs, outputs;
  Padding padding;
  bool norm;
  bool upsample2x = false;
  std::int64_t kernelHeight = 3, kernelWidth = 3;
  ComputeType computeType = ComputeType::bf16;
};

// Widths below, at and between multiples of tileRows; K-blocks within, at and across channel boundaries; one,
// two and more panels of outputs; several items, and rows too wide for maxItemRows; a generator's first and
// last layer.
const std::vector<AmxCase> shapes{
    {2, 2, 16, 16, Padding::reflect, false},
    {5, 16, 16, 48, Padding::zeros, true},
    {7, 33, 48, 32, Padding::reflect, true},
    {20, 45, 80, 17, Padding::zeros, false},
    {40, 64, 32, 100, Padding::reflect, true},
    {2, 2, 16, 5, Padding::zeros, false, true},
    {14, 26, 48, 33, Padding::zeros, true, true},
    {26, 70, 32, 64, Padding::zeros, false, true},
    {16, 20, 3, 64, Padding::reflect, false, false, 7, 7},
    {9, 40, 1, 16, Padding::reflect, false, false, 7, 7},
    {8, 8, 4, 16, Padding::reflect, false, false, 7, 7},
    {18, 38, 64, 21, Padding::reflect, true, false, 7, 1},
    {8, 8, 16, 7, Padding::reflect, true, false, 7, 1},
    {6, 700, 128, 16, Padding::reflect, true},
};

// int8 exists for 3x3 kernels only.
std::vector<AmxCase> casesOf(std::initializer_list<ComputeType> all) {
  std::vector<AmxCase> cases;
  for (const ComputeType computeType : all)
    for (AmxCase c : shapes) {
      c.computeType = computeType;
      if (computeType != ComputeType::int8 || c.kernelHeight == 3) cases.push_back(c);
    }
  return cases;
}

float rounded(float value) {
  return cpu::fromBf16(cpu::toBf16(value));
}

// Random activation ranges for int8, so that some inputs are clipped.
std::vector<float> rangesOf(const AmxCase& c) {
  std::vector<float> ranges = randomFloats(c.inputs, 5, 0.2F);
  for (float& range : ranges) range = 1.5F + std::abs(range);
  return ranges;
}

// The value of an input after rounding or quantization.
class AsInput {
 public:
  explicit AsInput(const AmxCase& c)
      : computeType_(c.computeType),
        lowest_(c.norm ? 0 : -128),
        highest_(c.norm ? 255 : 127),
        ranges_(rangesOf(c)) {}

  double operator()(double value, std::int64_t in) const {
    if (computeType_ == ComputeType::bf16x3) return value;
    if (computeType_ == ComputeType::bf16) return rounded(static_cast<float>(value));
    const double step = ranges_[at(in)] / highest_;
    return std::clamp(std::nearbyint(value / step), lowest_, highest_) * step;
  }

 private:
  ComputeType computeType_;
  double lowest_, highest_;
  std::vector<float> ranges_;
};

// Fewer channels than a group are not padded.
std::int64_t channelsOf(const AmxCase& c) {
  return c.inputs < cpu::channelGroup ? c.inputs : cpu::paddedChannels(c.inputs);
}

AmxShape shapeOf(const AmxCase& c) {
  return {c.height,
          c.width,
          channelsOf(c),
          cpu::paddedChannels(c.outputs),
          c.kernelHeight,
          c.kernelWidth,
          c.padding,
          c.upsample2x,
          0,
          c.computeType,
          c.norm};
}

MapShape inputShapeOf(const AmxCase& c) {
  const std::int64_t divisor = c.upsample2x ? 2 : 1;
  return {c.height / divisor, c.width / divisor, channelsOf(c)};
}

// The input after norm, ReLU and upsampling, without padding.
ReferenceMap mapOf(const AmxCase& c, const std::vector<float>& x) {
  const MapShape in = inputShapeOf(c);
  const ReferenceMap map(x, in, {in.channels, c.norm});
  return c.upsample2x ? upsample2x(map, in) : map;
}

class Weights {
 public:
  explicit Weights(const AmxCase& c)
      : case_(c), values_(randomFloats(c.outputs * c.inputs * c.kernelHeight * c.kernelWidth, 2, 0.2F)) {
    if (c.computeType == ComputeType::int8)
      roundToInt8(rangesOf(c));
    else if (c.computeType == ComputeType::bf16)
      for (float& value : values_) value = rounded(value);
  }

  float operator()(std::int64_t out, std::int64_t in, std::int64_t row, std::int64_t column) const {
    return values_[at(((out * case_.inputs + in) * case_.kernelHeight + row) * case_.kernelWidth + column)];
  }

 private:
  // An output's weights, multiplied by the ranges of their inputs, have 127 steps to each side.
  void roundToInt8(const std::vector<float>& ranges) {
    const std::size_t taps = at(case_.kernelHeight * case_.kernelWidth), run = taps * ranges.size();
    for (std::size_t first = 0; first < values_.size(); first += run) {
      const auto range = [&](std::size_t i) { return ranges[(i - first) / taps]; };
      float largest = 0;
      for (std::size_t i = first; i < first + run; ++i)
        largest = std::max(largest, std::abs(values_[i] * range(i)));
      const float step = largest / 127;
      for (std::size_t i = first; i < first + run; ++i)
        values_[i] = std::nearbyint(values_[i] * range(i) / step) * step / range(i);
    }
  }

  AmxCase case_;
  std::vector<float> values_;
};

struct Sum {
  double value = 0;
  double magnitude = 0;  // sum of the terms' magnitudes

  void add(double term) {
    value += term;
    magnitude += std::abs(term);
  }
};

std::vector<Sum> reference(const AmxCase& c, const std::vector<float>& x, const std::vector<float>& bias) {
  const Weights weights(c);
  const AsInput asInput(c);
  const ReferenceMap map = mapOf(c, x);
  std::vector<Sum> y;
  for (std::int64_t row = 0; row < c.height; ++row)
    for (std::int64_t column = 0; column < c.width; ++column)
      for (std::int64_t out = 0; out < cpu::paddedChannels(c.outputs); ++out) {
        Sum sum;
        sum.add(bias[at(out)]);
        for (std::int64_t i = 0; out < c.outputs && i < c.kernelHeight; ++i)
          for (std::int64_t j = 0; j < c.kernelWidth; ++j)
            for (std::int64_t in = 0; in < c.inputs; ++in) {
              const std::int64_t y0 = row + i - c.kernelHeight / 2, x0 = column + j - c.kernelWidth / 2;
              const double value =
                  c.padding == Padding::zeros ? map.orZero(y0, x0, in) : map.reflected(y0, x0, in);
              sum.add(asInput(value, in) * weights(out, in, i, j));
            }
        y.push_back(sum);
      }
  return y;
}

Convolved run(const AmxCase& c, const std::vector<float>& x, const std::vector<float>& bias,
              std::int64_t threads) {
  const AmxShape shape = shapeOf(c);
  const auto packed = cpu::makeAlignedFloats(shape.weights());
  cpu::amxWeights(Weights(c), c.outputs, c.inputs, packed.get(), shape, cpu::serialFor, rangesOf(c).data());
  const auto scratch = cpu::makeAlignedFloats(cpu::amxScratch(shape, threads));
  std::vector<float> moments(at(shape.statistics()));
  const TestNorm norm(shape.inChannels, c.norm);
  Convolved result(c.height * c.width, shape.outChannels);
  cpu::amxConvolution(x.data(), norm.norm(), packed.get(), bias.data(), result.y.data(), shape,
                      moments.data(), scratch.get(), threads, cpu::serialFor);
  cpu::amxMoments(moments.data(), shape, 1e-5F, result.mean.data(), result.invStd.data(), cpu::serialFor);
  return result;
}

class AmxConvolution : public testing::TestWithParam<AmxCase> {
 protected:
  void SetUp() override {
    if (!cpu::haveAmx()) GTEST_SKIP() << "no AMX on this machine";
  }

  std::vector<float> input() const { return randomFloats(inputShapeOf(GetParam()).floats(), 1); }
  std::vector<float> bias(float offset) const {
    std::vector<float> bias = randomFloats(cpu::paddedChannels(GetParam().outputs), 3);
    for (float& value : bias) value += offset;
    return bias;
  }
};

// bf16x3 omits low * low and rounds both low terms, each an error of 2^-18 of the product, and sums up in
// fp32. Elsewhere, a value halfway between two bf16 numbers may be rounded either way by the last bit of a
// norm or an interpolation: a few such inputs differ by 2^-8 of their size.
double boundOf(const AmxCase& c, const Sum& expected) {
  if (c.computeType == ComputeType::bf16x3) return std::ldexp(expected.magnitude, -16);
  return c.norm || c.upsample2x ? 2e-2 : 1e-4;
}

// The largest error as a part of its bound. NaN counts as infinite.
double worstOf(const AmxCase& c, const std::vector<float>& got, const std::vector<Sum>& expected) {
  double worst = got.size() == expected.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < std::min(got.size(), expected.size()); ++i) {
    const double part = std::abs(got[i] - expected[i].value) / boundOf(c, expected[i]);
    if (!(part <= worst)) worst = std::isnan(part) ? INFINITY : part;
  }
  return worst;
}

TEST_P(AmxConvolution, OutputMatchesDoubleReference) {
  const Convolved result = run(GetParam(), input(), bias(0), 1);
  EXPECT_LT(worstOf(GetParam(), result.y, reference(GetParam(), input(), bias(0))), 1);
}

TEST_P(AmxConvolution, MomentsMatchOutput) {
  const Convolved result = run(GetParam(), input(), bias(100), 1);  // a mean far larger than the deviation
  expectTheMomentsOfWhatIsWritten(result);
}

TEST_P(AmxConvolution, OutputDoesNotDependOnThreadCount) {
  const Convolved one = run(GetParam(), input(), bias(0), 1), many = run(GetParam(), input(), bias(0), 5);
  EXPECT_EQ(one, many);
}

std::string nameOfCase(const testing::TestParamInfo<AmxCase>& which) {
  const AmxCase& c = which.param;
  const char* computeType = c.computeType == ComputeType::int8     ? "_int8"
                            : c.computeType == ComputeType::bf16x3 ? "_bf16x3"
                                                                   : "";
  return std::to_string(c.height) + "x" + std::to_string(c.width) + "_" + std::to_string(c.inputs) + "_" +
         std::to_string(c.outputs) + computeType + (c.norm ? "_norm" : "") +
         (c.upsample2x ? "_upsample2x" : "");
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, AmxConvolution,
    testing::ValuesIn(casesOf({ComputeType::bf16, ComputeType::bf16x3, ComputeType::int8})), nameOfCase);

class Bf16x3AmxConvolution : public AmxConvolution {};

double squaredError(const std::vector<float>& got, const std::vector<Sum>& expected) {
  double sum = 0;
  for (std::size_t i = 0; i < got.size(); ++i) sum += std::pow(got[i] - expected[i].value, 2);
  return sum;
}

// Rounding errors of 2^-9 and 2^-18 are 54 dB apart; rounding of the sums takes some of that.
TEST_P(Bf16x3AmxConvolution, Bf16x3ErrorIsFortyDecibelsBelowBf16) {
  const std::vector<Sum> expected = reference(GetParam(), input(), bias(0));
  const Convolved bf16x3 = run(GetParam(), input(), bias(0), 1);
  AmxCase narrow = GetParam();
  narrow.computeType = ComputeType::bf16;
  const Convolved bf16 = run(narrow, input(), bias(0), 1);
  EXPECT_LT(squaredError(bf16x3.y, expected), 1e-4 * squaredError(bf16.y, expected));
}

INSTANTIATE_TEST_SUITE_P(Shapes, Bf16x3AmxConvolution, testing::ValuesIn(casesOf({ComputeType::bf16x3})),
                         nameOfCase);

// Damaged weights must show in the output, not become zeros.
TEST(AmxConvolutionOfRows, NanWeightsGiveNanOutputs) {
  if (!cpu::haveAmx()) GTEST_SKIP() << "no AMX on this machine";
  for (const ComputeType computeType : {ComputeType::bf16, ComputeType::bf16x3, ComputeType::int8}) {
    const AmxCase c{4, 16, 16, 16, Padding::zeros, false, false, 3, 3, computeType};
    const AmxShape shape = shapeOf(c);
    const auto packed = cpu::makeAlignedFloats(shape.weights()),
               scratch = cpu::makeAlignedFloats(cpu::amxScratch(shape, 1));
    const auto weight = [](std::int64_t out, std::int64_t in, std::int64_t, std::int64_t) {
      return out == 5 && in == 7 ? std::numeric_limits<float>::quiet_NaN() : 0.1F;
    };
    cpu::amxWeights(weight, 16, 16, packed.get(), shape, cpu::serialFor, rangesOf(c).data());
    const std::vector<float> x = randomFloats(inputShapeOf(c).floats(), 1), bias(16);
    std::vector<float> y(at(c.height * c.width * 16));
    cpu::amxConvolution(x.data(), {}, packed.get(), bias.data(), y.data(), shape, nullptr, scratch.get(), 1,
                        cpu::serialFor);
    for (std::size_t i = 0; i < y.size(); ++i) EXPECT_EQ(std::isnan(y[i]), i % 16 == 5) << i;
  }
}

// Such rows come from uniform pictures.
TEST(AmxConvolutionOfRows, MomentsOfLongConstantRowsAreExact) {
  if (!cpu::haveAmx()) GTEST_SKIP() << "no AMX on this machine";
  const AmxCase c{1, 3840, 16, 16, Padding::zeros, false, false, 1, 1};
  std::vector<float> bias(16);
  for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = 0.3F + static_cast<float>(i) * 1.7F;
  const Convolved result = run(c, std::vector<float>(3840 * 16), bias, 1);
  for (std::size_t i = 0; i < bias.size(); ++i)
    EXPECT_LT(std::abs(bias[i] - result.mean[i]) * result.invStd[i], 1e-3);
}

// Large outputs use non-temporal stores where y is aligned to whole cache lines, ordinary ones elsewhere.
TEST(AmxConvolutionOfRows, NonTemporalStoresGiveSameOutput) {
  if (!cpu::haveAmx()) GTEST_SKIP() << "no AMX on this machine";
  for (const ComputeType computeType : {ComputeType::bf16, ComputeType::bf16x3, ComputeType::int8}) {
    const AmxCase c{258, 260, 16, 64, Padding::zeros, false, false, 3, 3, computeType};
    const AmxShape shape = shapeOf(c);
    const auto packed = cpu::makeAlignedFloats(shape.weights());
    cpu::amxWeights(Weights(c), 64, 16, packed.get(), shape, cpu::serialFor, rangesOf(c).data());
    const std::vector<float> x = randomFloats(inputShapeOf(c).floats(), 1), bias = randomFloats(64, 3);
    cpu::ThreadPool pool(3);
    const auto scratch = cpu::makeAlignedFloats(cpu::amxScratch(shape, 3));
    const std::int64_t floats = c.height * c.width * 64;
    const auto y = cpu::makeAlignedFloats(2 * floats + 1);
    float* const other = y.get() + floats + 1;
    for (float* to : {y.get(), other})
      cpu::amxConvolution(x.data(), {}, packed.get(), bias.data(), to, shape, nullptr, scratch.get(), 3,
                          pool);
    EXPECT_TRUE(std::equal(y.get(), y.get() + floats, other));
  }
}

TEST(AmxConvolutionOfRows, StridedInputRowsGiveSameOutput) {
  if (!cpu::haveAmx()) GTEST_SKIP() << "no AMX on this machine";
  for (const ComputeType computeType : {ComputeType::bf16, ComputeType::bf16x3}) {
    const AmxCase c{16, 20, 3, 64, Padding::reflect, false, false, 7, 7, computeType};
    const std::vector<float> x = randomFloats(inputShapeOf(c).floats(), 1), bias = randomFloats(64, 3);
    AmxShape shape = shapeOf(c);
    const auto packed = cpu::makeAlignedFloats(shape.weights());
    cpu::amxWeights(Weights(c), c.outputs, c.inputs, packed.get(), shape, cpu::serialFor);
    const auto scratch = cpu::makeAlignedFloats(cpu::amxScratch(shape, 1));
    shape.inRow = 20 * 3 + 7;
    std::vector<float> apart(at(16 * shape.inRow), std::numeric_limits<float>::quiet_NaN());
    for (std::int64_t row = 0; row < 16; ++row)
      std::copy_n(x.data() + row * 60, 60, apart.data() + row * shape.inRow);
    std::vector<float> y(at(16 * 20 * 64));
    cpu::amxConvolution(apart.data(), {}, packed.get(), bias.data(), y.data(), shape, nullptr, scratch.get(),
                        1, cpu::serialFor);
    EXPECT_EQ(y, run(c, x, bias, 1).y);
  }
}

}  // namespace
}  // namespace cut::tests
