// SPDX-License-Identifier: MIT
// Places in pictures, as options name them: "120,80" in pixels, "0.5,0.25;0.1,0.9" in parts of the sides.
#pragma once

#include <string>
#include <vector>

namespace cut::trainer {

// From the left and from above.
struct PicturePoint {
  double x = 0;
  double y = 0;

  bool operator==(const PicturePoint&) const = default;
};

// All throw invalidArgument: "--option: expected ..., got ...".
PicturePoint pixelOf(const std::string& option, const std::string& text);  // whole numbers, 0 or more
std::vector<PicturePoint> relativePointsOf(const std::string& option,
                                           const std::string& text);  // in [0, 1); nothing: none

std::string textOf(const PicturePoint& point);                // "0.5,0.25"
std::string textOf(const std::vector<PicturePoint>& points);  // "0.5,0.25;0.1,0.9"

}  // namespace cut::trainer
