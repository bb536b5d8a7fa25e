// SPDX-License-Identifier: MIT
#include "trainer/evaluate/content_measures.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string>
#include <utility>

#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

// (height, width) or (height, width, 3), grey levels.
cv::Mat toFloats(const Picture& picture) {
  cv::Mat matrix(picture.height, picture.width, CV_32FC(picture.channels));
  for (int y = 0; y < picture.height; ++y)
    std::copy_n(picture.row(y), picture.rowBytes(), matrix.ptr<float>(y));
  return matrix;
}

cv::Mat gaussianMean(const cv::Mat& image) {
  cv::Mat result;
  cv::GaussianBlur(image, result, {11, 11}, 1.5);
  return result;
}

// Clamped at 0: rounding may give negative variances in flat windows.
cv::Mat variance(const cv::Mat& image, const cv::Mat& mean) {
  return cv::max(gaussianMean(image.mul(image)) - mean.mul(mean), 0);
}

double contrastStructure(const Picture& a, const Picture& b) {
  // In double, because the variances are differences of large numbers.
  cv::Mat x, y;
  toFloats(toLuma(a)).convertTo(x, CV_64F);
  toFloats(toLuma(b)).convertTo(y, CV_64F);
  constexpr double c2 = (0.03 * 255) * (0.03 * 255);
  const cv::Mat meanX = gaussianMean(x);
  const cv::Mat meanY = gaussianMean(y);
  const cv::Mat covariance = gaussianMean(x.mul(y)) - meanX.mul(meanY);
  const cv::Mat variances = variance(x, meanX) + variance(y, meanY);
  const cv::Mat structure = (2 * covariance + c2) / (variances + c2);
  return cv::mean(structure)[0];
}

// (height / 4 - 8, width / 4 - 8): mean variance of the channels in the 9x9 window around each pixel of the
// picture downsampled by 4. Windows that exceed the border are left out.
cv::Mat coarseVariance(const Picture& picture) {
  constexpr int radius = 4;
  cv::Mat coarse;
  cv::resize(toFloats(picture), coarse, {picture.width / 4, picture.height / 4}, 0, 0, cv::INTER_AREA);
  coarse.convertTo(coarse, CV_64F);
  cv::Mat mean, squares;
  const cv::Size window(2 * radius + 1, 2 * radius + 1);
  cv::boxFilter(coarse, mean, CV_64F, window);
  cv::boxFilter(coarse.mul(coarse), squares, CV_64F, window);
  cv::Mat result = cv::max(squares - mean.mul(mean), 0);
  cv::transform(result, result, cv::Matx13d(1.0 / 3, 1.0 / 3, 1.0 / 3));
  return result(cv::Rect(radius, radius, coarse.cols - 2 * radius, coarse.rows - 2 * radius)).clone();
}

// Mean luma of the outermost strip minus that of the adjacent strip: top, bottom, left, right.
std::array<double, 4> borderSteps(const Picture& picture) {
  const cv::Mat luma = toFloats(toLuma(picture));
  const int strip = std::max(4, std::min(luma.rows, luma.cols) / 40);
  const auto rows = [&](int first) { return cv::mean(luma.rowRange(first, first + strip))[0]; };
  const auto columns = [&](int first) { return cv::mean(luma.colRange(first, first + strip))[0]; };
  return {rows(0) - rows(strip), rows(luma.rows - strip) - rows(luma.rows - 2 * strip),
          columns(0) - columns(strip), columns(luma.cols - strip) - columns(luma.cols - 2 * strip)};
}

void check(const Picture& a, const Picture& b) {
  if (a.width == b.width && a.height == b.height && std::min(a.width, a.height) >= 8) return;
  throw Error(ErrorKind::invalidArgument,
              "content measures: expected two pictures of the same size of at least 8 x 8, got " +
                  std::to_string(a.width) + " x " + std::to_string(a.height) + " and " +
                  std::to_string(b.width) + " x " + std::to_string(b.height));
}

}  // namespace

void ContentMeasures::add(const Picture& a, const Picture& translated, const Picture& viewA,
                          const Picture& view) {
  check(a, translated);
  check(viewA, view);
  ++pairs_;
  structure_ += contrastStructure(viewA, view);
  addFlatRegions(viewA, view);
  const auto before = borderSteps(a);
  const auto after = borderSteps(translated);
  for (std::size_t i = 0; i < borders_.size(); ++i) borders_[i] += after[i] - before[i];
}

void ContentMeasures::addFlatRegions(const Picture& viewA, const Picture& view) {
  const cv::Mat before = coarseVariance(viewA);
  const cv::Mat after = coarseVariance(view);
  for (int y = 0; y < before.rows; ++y)
    for (int x = 0; x < before.cols; ++x) {
      const double own = before.at<double>(y, x);
      if (own > flatDeviation * flatDeviation) continue;
      ++flatRegions_;
      addedVariance_ += std::max(0.0, after.at<double>(y, x) - own);
    }
}

double ContentMeasures::structure() const {
  return structure_ / static_cast<double>(pairs_);
}

std::optional<double> ContentMeasures::blotches() const {
  if (flatRegions_ == 0) return {};
  return std::sqrt(addedVariance_ / static_cast<double>(flatRegions_));
}

std::array<double, 4> ContentMeasures::borders() const {
  std::array<double, 4> means = borders_;
  for (double& mean : means) mean /= static_cast<double>(pairs_);
  return means;
}

double ContentMeasures::worstBorder() const {
  const auto means = borders();
  return *std::max_element(means.begin(), means.end(),
                           [](double x, double y) { return std::abs(x) < std::abs(y); });
}

}  // namespace cut::trainer
