// SPDX-License-Identifier: MIT
// Instance norm in double and two passes, one channel at a time: what every kernel is compared with.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace cut::tests {

struct NormCase {
  std::int64_t batch, pixels, channels;
  double mean = 0, deviation = 1;
};

inline constexpr double normEpsilon = 1e-5;

// Shapes that tails, groups and slices begin and end in, and the network's own widths.
inline std::vector<NormCase> oddShapes() {
  std::vector<NormCase> cases;
  for (std::int64_t channels = 1; channels <= 300;
       channels = channels < 40 ? channels + 1 : channels * 5 / 4 + 3)
    cases.push_back({1 + channels % 2, 1 + channels * 7 % 97, channels});
  for (const std::int64_t pixels : {1, 2, 3, 7, 8, 9, 31, 127, 128, 129, 257, 1000})
    cases.push_back({2, pixels, 20});
  cases.push_back({1, 64 * 64, 256});
  cases.push_back({2, 33 * 31, 64});
  cases.push_back({1, 40000, 3});
  return cases;
}

// Values of a channel lie around a mean of their own.
inline std::vector<float> normInput(const NormCase& shape, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> means(static_cast<std::size_t>(shape.channels));
  for (auto& mean : means) mean = shape.mean * (1 + 0.1 * normal(random));
  std::vector<float> x(static_cast<std::size_t>(shape.batch * shape.pixels * shape.channels));
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<float>(means[i % means.size()] + shape.deviation * normal(random));
  return x;
}

inline std::vector<double> referenceNorm(const std::vector<float>& x, const std::vector<float>* residual,
                                         const NormCase& shape, bool relu) {
  std::vector<double> y(x.size());
  const std::int64_t c = shape.channels;
  for (std::int64_t n = 0; n < shape.batch; ++n)
    for (std::int64_t k = 0; k < c; ++k) {
      const auto at = [&](std::int64_t p) {
        return static_cast<std::size_t>((n * shape.pixels + p) * c + k);
      };
      double mean = 0, variance = 0;
      for (std::int64_t p = 0; p < shape.pixels; ++p) mean += x[at(p)];
      mean /= static_cast<double>(shape.pixels);
      for (std::int64_t p = 0; p < shape.pixels; ++p) variance += (x[at(p)] - mean) * (x[at(p)] - mean);
      variance /= static_cast<double>(shape.pixels);
      for (std::int64_t p = 0; p < shape.pixels; ++p) {
        const double value = (x[at(p)] - mean) / std::sqrt(variance + normEpsilon);
        y[at(p)] = (relu ? std::max(value, 0.0) : value) + (residual ? (*residual)[at(p)] : 0.0);
      }
    }
  return y;
}

template <typename Real>
double largestDifference(const std::vector<Real>& y, const std::vector<double>& expected) {
  double largest = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double difference = std::abs(static_cast<double>(y[i]) - expected[i]);
    if (!(difference <= largest)) largest = difference;  // a NaN counts too
  }
  return largest;
}

}  // namespace cut::tests
