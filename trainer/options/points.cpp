// SPDX-License-Identifier: MIT
#include "trainer/options/points.hpp"

#include <cstddef>

#include "cuttranslate/error.hpp"
#include "trainer/options/values.hpp"

namespace cut::trainer {
namespace {

constexpr std::size_t mostPoints = 8;  // of a page: each is a row of pictures

// Both numbers of "X,Y" by `read`, whose errors say what a number was expected to be.
template <typename Read>
PicturePoint pointOf(const std::string& option, const std::string& text, const std::string& expected,
                     Read read) {
  const std::size_t comma = text.find(',');
  try {
    if (comma != std::string::npos) return {read(text.substr(0, comma)), read(text.substr(comma + 1))};
  } catch (const Error&) {  // said below, with the whole of it
  }
  refuse(option, expected, text);
}

}  // namespace

PicturePoint pixelOf(const std::string& option, const std::string& text) {
  constexpr IntegerRange pixels{0, 1'000'000};
  return pointOf(
      option, text, "X,Y in pixels of the image, from its upper left corner, such as 120,80",
      [&](const std::string& number) { return static_cast<double>(integerOf(option, number, pixels)); });
}

std::vector<PicturePoint> relativePointsOf(const std::string& option, const std::string& text) {
  constexpr RealRange part{0, 1, true};
  const std::string expected = "X,Y;X,Y with numbers from 0 to below 1, such as 0.5,0.25, and " +
                               std::to_string(mostPoints) + " of them at most";
  std::vector<PicturePoint> points;
  for (std::size_t from = 0; !text.empty();) {
    const std::size_t end = text.find(';', from);
    points.push_back(pointOf(option, text.substr(from, end - from), expected,
                             [&](const std::string& number) { return realOf(option, number, part); }));
    if (end == std::string::npos) break;
    from = end + 1;
  }
  if (points.size() > mostPoints) refuse(option, expected, text);
  return points;
}

std::string textOf(const PicturePoint& point) {
  return textOf(point.x) + "," + textOf(point.y);
}

std::string textOf(const std::vector<PicturePoint>& points) {
  std::string text;
  for (const PicturePoint& point : points) text += (text.empty() ? "" : ";") + textOf(point);
  return text;
}

}  // namespace cut::trainer
