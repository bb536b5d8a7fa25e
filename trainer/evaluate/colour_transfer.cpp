// SPDX-License-Identifier: MIT
#include "trainer/evaluate/colour_transfer.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string>

#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

// IEC 61966-2-1, of the 256 levels.
cv::Mat linearLevels() {
  cv::Mat levels(1, 256, CV_32F);
  for (int level = 0; level < 256; ++level) {
    const double value = level / 255.0;
    levels.at<float>(level) =
        static_cast<float>(value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4));
  }
  return levels;
}

// From linear RGB, because OpenCV interpolates COLOR_RGB2Lab in a table: errors of 0.1, and greys with a
// chroma.
cv::Mat toLab(const Picture& picture) {
  static const cv::Mat levels = linearLevels();
  auto* pixels = const_cast<std::uint8_t*>(picture.pixels.data());  // cv::Mat has no const view
  cv::Mat lab;
  cv::LUT(cv::Mat(picture.height, picture.width, CV_8UC3, pixels), levels, lab);
  cv::cvtColor(lab, lab, cv::COLOR_LRGB2Lab);
  return lab;
}

}  // namespace

void LabStatistics::add(const Picture& picture) {
  cv::Scalar mean, deviation;
  cv::meanStdDev(toLab(picture), mean, deviation);
  const std::int64_t count = std::int64_t{picture.width} * picture.height;
  const auto weight = static_cast<double>(count);
  pixels_ += count;
  for (int c = 0; c < 3; ++c) {
    sums_[c] += weight * mean[c];
    squares_[c] += weight * (mean[c] * mean[c] + deviation[c] * deviation[c]);
  }
}

std::array<double, 3> LabStatistics::mean() const {
  std::array<double, 3> means = sums_;
  for (double& mean : means) mean /= static_cast<double>(pixels_);
  return means;
}

std::array<double, 3> LabStatistics::deviation() const {
  const auto means = mean();
  std::array<double, 3> deviations{};
  for (int c = 0; c < 3; ++c)
    deviations[c] =
        std::sqrt(std::max(0.0, squares_[c] / static_cast<double>(pixels_) - means[c] * means[c]));
  return deviations;
}

ColourTransfer::ColourTransfer(const LabStatistics& from, const LabStatistics& to) {
  if (from.pixels() == 0 || to.pixels() == 0)
    throw Error(ErrorKind::invalidArgument, "colour transfer: expected pixels in both sets, got " +
                                                std::to_string(from.pixels()) + " and " +
                                                std::to_string(to.pixels()));
  const auto before = from.deviation();
  const auto after = to.deviation();
  for (int c = 0; c < 3; ++c) {
    scale_[c] = before[c] < minDeviation ? 1 : after[c] / before[c];
    offset_[c] = to.mean()[c] - scale_[c] * from.mean()[c];
  }
}

Picture ColourTransfer::operator()(const Picture& picture) const {
  cv::Mat lab = toLab(picture);
  const cv::Matx34d affine(scale_[0], 0, 0, offset_[0],  //
                           0, scale_[1], 0, offset_[1],  //
                           0, 0, scale_[2], offset_[2]);
  cv::transform(lab, lab, affine);
  cv::cvtColor(lab, lab, cv::COLOR_Lab2RGB);
  Picture result(picture.width, picture.height, 3);
  cv::Mat pixels(picture.height, picture.width, CV_8UC3, result.pixels.data());
  lab.convertTo(pixels, CV_8U, 255);
  return result;
}

}  // namespace cut::trainer
