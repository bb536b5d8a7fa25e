// SPDX-License-Identifier: MIT
// Channels-last maps for kernel tests, and references in double precision.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "kernels/base/feature_map.hpp"
#include "kernels/image/resample.hpp"

namespace cut::tests {

inline std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

inline std::vector<float> randomFloats(std::int64_t count, unsigned seed, float scale = 1) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0.1F, scale);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (auto& value : values) value = normal(generator);
  return values;
}

// A mean and an invStd for each channel, or no norm.
struct TestNorm {
  TestNorm(std::int64_t channels, bool there) {
    if (!there) return;
    mean = randomFloats(channels, 7, 0.3F);
    scale = randomFloats(channels, 8, 0.3F);
  }

  cpu::NormRelu norm() const {
    return mean.empty() ? cpu::NormRelu{} : cpu::NormRelu{mean.data(), scale.data()};
  }

  std::vector<float> mean, scale;
};

// A map after its norm and ReLU, with accessors for each kind of padding.
class ReferenceMap {
 public:
  ReferenceMap(std::vector<double> values, const cpu::MapShape& shape)
      : shape_(shape), values_(std::move(values)) {}

  // slope: negative slope of the ReLU.
  ReferenceMap(const std::vector<float>& x, const cpu::MapShape& shape, const TestNorm& norm,
               double slope = 0)
      : shape_(shape) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t c = i % static_cast<std::size_t>(shape.channels);
      double value = x[i];
      if (!norm.mean.empty()) {
        value = (value - norm.mean[c]) * norm.scale[c];
        value = std::max(value, slope * value);
      }
      values_.push_back(value);
    }
  }

  double operator()(std::int64_t row, std::int64_t column, std::int64_t channel) const {
    return values_[static_cast<std::size_t>((row * shape_.width + column) * shape_.channels + channel)];
  }
  double orZero(std::int64_t row, std::int64_t column, std::int64_t channel) const {
    const bool inside = row >= 0 && column >= 0 && row < shape_.height && column < shape_.width;
    return inside ? (*this)(row, column, channel) : 0;
  }
  double reflected(std::int64_t row, std::int64_t column, std::int64_t channel) const {
    return (*this)(reflect(row, shape_.height), reflect(column, shape_.width), channel);
  }
  double repeated(std::int64_t row, std::int64_t column, std::int64_t channel) const {
    return (*this)(std::clamp<std::int64_t>(row, 0, shape_.height - 1),
                   std::clamp<std::int64_t>(column, 0, shape_.width - 1), channel);
  }

 private:
  static std::int64_t reflect(std::int64_t i, std::int64_t n) {
    return i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i;
  }

  cpu::MapShape shape_;
  std::vector<double> values_;
};

// Bilinear upsampling by two (align_corners=False): an output is 3/4 of the near and 1/4 of the far
// neighbour.
inline ReferenceMap upsample2x(const ReferenceMap& map, const cpu::MapShape& shape) {
  std::vector<double> values;
  for (std::int64_t row = 0; row < 2 * shape.height; ++row)
    for (std::int64_t column = 0; column < 2 * shape.width; ++column)
      for (std::int64_t c = 0; c < shape.channels; ++c) {
        const std::int64_t i = row / 2, j = column / 2;
        const std::int64_t di = row % 2 ? 1 : -1, dj = column % 2 ? 1 : -1;
        values.push_back(0.5625 * map(i, j, c) + 0.1875 * map.repeated(i + di, j, c) +
                         0.1875 * map.repeated(i, j + dj, c) + 0.0625 * map.repeated(i + di, j + dj, c));
      }
  return {std::move(values), {2 * shape.height, 2 * shape.width, shape.channels}};
}

// NaN counts as infinite.
inline double largestDifference(const std::vector<float>& got, const std::vector<double>& expected) {
  double worst = got.size() == expected.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < std::min(got.size(), expected.size()); ++i) {
    const double difference = std::abs(got[i] - expected[i]);
    if (!(difference <= worst)) worst = std::isnan(difference) ? INFINITY : difference;
  }
  return worst;
}

// The output of a convolution, and the moments that it gathers.
struct Convolved {
  Convolved(std::int64_t pixels, std::int64_t channels)
      : y(at(pixels * channels), std::numeric_limits<float>::quiet_NaN()),
        mean(at(channels)),
        invStd(at(channels)) {}

  bool operator==(const Convolved&) const = default;

  std::vector<float> y, mean, invStd;
};

inline void expectTheMomentsOfWhatIsWritten(const Convolved& result) {
  const std::size_t channels = result.mean.size();
  const double pixels = static_cast<double>(result.y.size() / channels);
  std::vector<double> mean(channels), inverse(channels);
  for (std::size_t i = 0; i < result.y.size(); ++i) mean[i % channels] += result.y[i] / pixels;
  for (std::size_t i = 0; i < result.y.size(); ++i)
    inverse[i % channels] += std::pow(result.y[i] - mean[i % channels], 2) / pixels;
  for (auto& value : inverse) value = 1 / std::sqrt(value + 1e-5);
  EXPECT_LT(largestDifference(result.mean, mean), 1e-4);
  for (std::size_t i = 0; i < channels; ++i) EXPECT_NEAR(result.invStd[i] / inverse[i], 1, 1e-4);
}

}  // namespace cut::tests
