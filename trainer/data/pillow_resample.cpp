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

// Consecutive rows or columns.
struct Range {
  int first;
  int count;
};

// For the outputs in `range` of `outputs`.
class CoefficientTable {
 public:
  CoefficientTable(int inputs, int outputs, const Range& range, Resampling method) {
    const double scale = static_cast<double>(inputs) / outputs;
    const double filterScale = std::max(scale, 1.0);
    const double support = (method == Resampling::bicubic ? 2.0 : 1.0) * filterScale;
    taps_ = static_cast<int>(std::ceil(support)) * 2 + 1;
    windows_.resize(range.count);
    weights_.resize(static_cast<std::size_t>(range.count) * taps_);
    std::vector<double> exact(taps_);
    for (int i = 0; i < range.count; ++i) {
      const double center = (range.first + i + 0.5) * scale;
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
  // All that the outputs need: windows only move forward.
  Range inputs() const noexcept {
    const Range& last = windows_.back();
    return {windows_.front().first, last.first + last.count - windows_.front().first};
  }
  Window operator[](int i) const noexcept {
    return {windows_[i].first, windows_[i].count, weights_.data() + static_cast<std::size_t>(i) * taps_};
  }

 private:
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

// The columns of the table, of the input's rows `rows`.
Picture resizeWidth(const Picture& picture, const CoefficientTable& coefficients, const Range& rows) {
  Picture result(coefficients.outputs(), rows.count, picture.channels);
  for (int y = 0; y < rows.count; ++y) {
    if (picture.channels == 1)
      resizeRow<1>(picture.row(rows.first + y), result.row(y), coefficients);
    else
      resizeRow<3>(picture.row(rows.first + y), result.row(y), coefficients);
  }
  return result;
}

// The rows of the table; the picture's first row is row `offset` of the table's input.
Picture resizeHeight(const Picture& picture, const CoefficientTable& coefficients, int offset) {
  Picture result(picture.width, coefficients.outputs(), picture.channels);
  std::vector<std::int32_t> sums(picture.rowBytes());
  for (int y = 0; y < coefficients.outputs(); ++y) {
    const Window window = coefficients[y];
    std::fill(sums.begin(), sums.end(), roundingHalf);
    for (int k = 0; k < window.count; ++k) {
      const std::uint8_t* row = picture.row(window.first - offset + k);
      const std::int32_t weight = window.weights[k];
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += row[i] * weight;
    }
    std::transform(sums.begin(), sums.end(), result.row(y), toPixel);
  }
  return result;
}

// The result and the intermediate image between the two passes must have a size.
void checkSizes(const Picture& picture, std::int64_t width, std::int64_t height) {
  if (width < 1 || height < 1)
    throw Error(ErrorKind::invalidArgument, "expected a size of at least 1 x 1 to resize to, got " +
                                                std::to_string(width) + " x " + std::to_string(height));
  const std::int64_t tallest = std::max<std::int64_t>(height, picture.height);
  if (width > maxPixels || width > maxPixels / tallest)
    throw Error(ErrorKind::wrongFile, "resizing " + std::to_string(picture.width) + " x " +
                                          std::to_string(picture.height) + " to " + std::to_string(width) +
                                          " x " + std::to_string(height) + " takes more than " +
                                          std::to_string(maxPixels) + " pixels");
}

}  // namespace

Picture resized(const Picture& picture, std::int64_t width, std::int64_t height, Resampling method) {
  checkSizes(picture, width, height);
  return resizedRegion(picture, width, height, {0, 0, static_cast<int>(width), static_cast<int>(height)},
                       method);
}

Picture resizedRegion(const Picture& picture, std::int64_t width, std::int64_t height, const Region& region,
                      Resampling method) {
  checkSizes(picture, width, height);
  if (region.left < 0 || region.top < 0 || region.width < 1 || region.height < 1 ||
      region.left > width - region.width || region.top > height - region.height)
    throw Error(ErrorKind::invalidArgument,
                "expected a region within " + std::to_string(width) + " x " + std::to_string(height) +
                    ", got " + std::to_string(region.width) + " x " + std::to_string(region.height) +
                    " from " + std::to_string(region.left) + ", " + std::to_string(region.top));
  const Range columns{region.left, region.width};
  const Range rows{region.top, region.height};
  if (height == picture.height) {
    if (width == picture.width) return cropped(picture, region.left, region.top, region.width, region.height);
    return resizeWidth(picture, {picture.width, static_cast<int>(width), columns, method}, rows);
  }
  const CoefficientTable vertical(picture.height, static_cast<int>(height), rows, method);
  const Range needed = vertical.inputs();
  const Picture wide =
      width == picture.width
          ? cropped(picture, region.left, needed.first, region.width, needed.count)
          : resizeWidth(picture, {picture.width, static_cast<int>(width), columns, method}, needed);
  return resizeHeight(wide, vertical, needed.first);
}

}  // namespace cut::trainer
