// SPDX-License-Identifier: MIT
#include "trainer/similarity/heat_map.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace cut::trainer {
namespace {

constexpr double opacity = 0.75;  // of the colours over the picture

cv::Mat matOf(const Picture& picture) {
  auto* pixels = const_cast<std::uint8_t*>(picture.pixels.data());  // cv::Mat has no const view
  return {picture.height, picture.width, CV_8UC(picture.channels), pixels};
}

// 256 colours, RGB.
std::array<std::array<std::uint8_t, 3>, 256> viridis() {
  cv::Mat levels(1, 256, CV_8UC1);
  for (int i = 0; i < 256; ++i) levels.at<std::uint8_t>(0, i) = static_cast<std::uint8_t>(i);
  cv::Mat colours;
  cv::applyColorMap(levels, colours, cv::COLORMAP_VIRIDIS);
  std::array<std::array<std::uint8_t, 3>, 256> all{};
  for (int i = 0; i < 256; ++i) {
    const auto bgr = colours.at<cv::Vec3b>(0, i);
    all[static_cast<std::size_t>(i)] = {bgr[2], bgr[1], bgr[0]};
  }
  return all;
}

// Cells [begin, end) of a side that pixel `at` shows; at least one.
struct Range {
  int begin, end;
};

Range cellsOf(int at, double pixels, int cells) {
  const double scale = cells / pixels;
  const int begin = std::min(static_cast<int>(std::floor(at * scale)), cells - 1);
  const int end = static_cast<int>(std::ceil((at + 1) * scale - 1e-9));
  return {begin, std::clamp(end, begin + 1, cells)};
}

float hottest(const CellValues& heat, Range x, Range y) {
  float most = 0;
  for (int row = y.begin; row < y.end; ++row) {
    const auto* values = heat.values.data() + static_cast<std::size_t>(row) * heat.width;
    most = std::max(most, *std::max_element(values + x.begin, values + x.end));
  }
  return most;
}

}  // namespace

CellValues heatOf(CellValues similarities, SimilarityScale scale, double temperature) {
  const auto [least, most] = std::minmax_element(similarities.values.begin(), similarities.values.end());
  const double low = *least;
  const double high = *most;
  for (float& value : similarities.values)
    value = static_cast<float>(scale == SimilarityScale::exponential ? std::exp((value - high) / temperature)
                               : high > low                          ? (value - low) / (high - low)
                                                                     : 1);
  return similarities;
}

Picture overlaid(const Picture& picture, const CellValues& heat, double coveredWidth, double coveredHeight) {
  static const auto colours = viridis();
  const Picture grey = toLuma(picture);
  Picture result(picture.width, picture.height, 3);
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x) {
      const float value =
          hottest(heat, cellsOf(x, coveredWidth, heat.width), cellsOf(y, coveredHeight, heat.height));
      const auto& colour = colours[static_cast<std::size_t>(std::lrint(std::clamp(value, 0.0F, 1.0F) * 255))];
      for (int c = 0; c < 3; ++c)
        result.row(y)[3 * x + c] = static_cast<std::uint8_t>(
            std::lrint(opacity * colour[static_cast<std::size_t>(c)] + (1 - opacity) * grey.row(y)[x]));
    }
  return result;
}

void markPoint(Picture& picture, double x, double y) {
  cv::Mat view = matOf(picture);
  constexpr int fraction = 4;  // bits: OpenCV draws at parts of pixels
  const cv::Point centre(static_cast<int>(std::lrint(x * (1 << fraction))),
                         static_cast<int>(std::lrint(y * (1 << fraction))));
  const int radius = std::max(6, picture.width / 40) << fraction;
  cv::circle(view, centre, radius, cv::Scalar::all(0), 3, cv::LINE_AA, fraction);
  cv::circle(view, centre, radius, cv::Scalar::all(255), 1, cv::LINE_AA, fraction);
}

Picture scaledToWidth(const Picture& picture, int width) {
  const int height =
      std::max(1, static_cast<int>(std::lrint(static_cast<double>(width) * picture.height / picture.width)));
  Picture result(width, height, 3);
  cv::Mat from = matOf(picture);
  cv::Mat colour;
  if (picture.channels == 1)
    cv::cvtColor(from, colour, cv::COLOR_GRAY2RGB);
  else
    colour = from;
  cv::Mat to = matOf(result);
  cv::resize(colour, to, to.size(), 0, 0, width < picture.width ? cv::INTER_AREA : cv::INTER_CUBIC);
  return result;
}

}  // namespace cut::trainer
