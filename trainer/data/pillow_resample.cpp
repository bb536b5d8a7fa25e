// SPDX-License-Identifier: MIT
#include "trainer/data/pillow_resample.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

// Pillow's PRECISION_BITS: 8 bits are for the pixel, 2 for overshoot and sign.
constexpr int precisionBits = 32 - 8 - 2;

double bilinear(double x) {
  x = std::abs(x);
  return x < 1 ? 1 - x : 0;
}

double bicubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

// Pillow's cast to int truncates, although it adds a half before.
int truncated(double value) {
  return static_cast<int>(value);
}

// One output sample is the weighted sum of `count` inputs from `first`.
struct Window {
  int first;
  int count;
  const std::int32_t* weights;
};

class CoefficientTable {
 public:
  CoefficientTable(int inputs, int outputs, Resampling method) {
    const double scale = static_cast<double>(inputs) / outputs;
    const double filterScale = std::max(scale, 1.0);
    const double support = (method == Resampling::bicubic ? 2.0 : 1.0) * filterScale;
    taps_ = static_cast<int>(std::ceil(support)) * 2 + 1;
    windows_.resize(outputs);
    weights_.resize(static_cast<std::size_t>(outputs) * taps_);
    std::vector<double> exact(taps_);
    for (int i = 0; i < outputs; ++i) {
      const double center = (i + 0.5) * scale;
      const int first = std::max(0, truncated(center - support + 0.5));
      const int count = std::min(inputs, truncated(center + support + 0.5)) - first;
      // Pillow multiplies by the reciprocal; a division rounds differently.
      const double inverseScale = 1.0 / filterScale;
      double sum = 0;
      for (int k = 0; k < count; ++k) {
        const double distance = (k + first - center + 0.5) * inverseScale;
        exact[k] = method == Resampling::bicubic ? bicubic(distance) : bilinear(distance);
        sum += exact[k];
      }
      windows_[i] = {first, count};
      for (int k = 0; k < count; ++k)
        weights_[static_cast<std::size_t>(i) * taps_ + k] = fixedPoint(sum == 0 ? exact[k] : exact[k] / sum);
    }
  }

  int outputs() const noexcept { return static_cast<int>(windows_.size()); }
  Window operator[](int i) const noexcept {
    return {windows_[i].first, windows_[i].count, weights_.data() + static_cast<std::size_t>(i) * taps_};
  }

 private:
  struct Range {
    int first;
    int count;
  };

  static std::int32_t fixedPoint(double weight) {
    return static_cast<std::int32_t>(weight * (1 << precisionBits) + (weight < 0 ? -0.5 : 0.5));
  }

  int taps_ = 0;
  std::vector<Range> windows_;
  std::vector<std::int32_t> weights_;
};

constexpr std::int32_t roundingHalf = 1 << (precisionBits - 1);

std::uint8_t toPixel(std::int32_t sum) noexcept {
  return static_cast<std::uint8_t>(std::clamp(sum >> precisionBits, 0, 255));
}

template <int channels>
void resizeRow(const std::uint8_t* from, std::uint8_t* to, const CoefficientTable& coefficients) {
  for (int x = 0; x < coefficients.outputs(); ++x) {
    const Window window = coefficients[x];
    const std::uint8_t* pixel = from + static_cast<std::size_t>(window.first) * channels;
    std::int32_t sum[channels];
    std::fill_n(sum, channels, roundingHalf);
    for (int k = 0; k < window.count; ++k)
      for (int c = 0; c < channels; ++c) sum[c] += *pixel++ * window.weights[k];
    for (int c = 0; c < channels; ++c) *to++ = toPixel(sum[c]);
  }
}

Picture resizeWidth(const Picture& picture, int width, Resampling method) {
  const CoefficientTable coefficients(picture.width, width, method);
  Picture result(width, picture.height, picture.channels);
  for (int y = 0; y < picture.height; ++y) {
    if (picture.channels == 1)
      resizeRow<1>(picture.row(y), result.row(y), coefficients);
    else
      resizeRow<3>(picture.row(y), result.row(y), coefficients);
  }
  return result;
}

Picture resizeHeight(const Picture& picture, int height, Resampling method) {
  const CoefficientTable coefficients(picture.height, height, method);
  Picture result(picture.width, height, picture.channels);
  std::vector<std::int32_t> sums(picture.rowBytes());
  for (int y = 0; y < height; ++y) {
    const Window window = coefficients[y];
    std::fill(sums.begin(), sums.end(), roundingHalf);
    for (int k = 0; k < window.count; ++k) {
      const std::uint8_t* row = picture.row(window.first + k);
      const std::int32_t weight = window.weights[k];
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += row[i] * weight;
    }
    std::transform(sums.begin(), sums.end(), result.row(y), toPixel);
  }
  return result;
}

}  // namespace

Picture resized(const Picture& picture, std::int64_t width, std::int64_t height, Resampling method) {
  if (width < 1 || height < 1)
    throw Error(ErrorKind::invalidArgument, "expected a size of at least 1 x 1 to resize to, got " +
                                                std::to_string(width) + " x " + std::to_string(height));
  // Limits the result and the intermediate image between the two passes.
  const std::int64_t tallest = std::max<std::int64_t>(height, picture.height);
  if (width > maxPixels || width > maxPixels / tallest)
    throw Error(ErrorKind::wrongFile, "resizing " + std::to_string(picture.width) + " x " +
                                          std::to_string(picture.height) + " to " + std::to_string(width) +
                                          " x " + std::to_string(height) + " takes more than " +
                                          std::to_string(maxPixels) + " pixels");
  const bool horizontal = width != picture.width;
  const bool vertical = height != picture.height;
  if (!horizontal && !vertical) return picture;
  if (!horizontal) return resizeHeight(picture, static_cast<int>(height), method);
  Picture wide = resizeWidth(picture, static_cast<int>(width), method);
  return vertical ? resizeHeight(wide, static_cast<int>(height), method) : wide;
}

}  // namespace cut::trainer
