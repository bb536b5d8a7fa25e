// SPDX-License-Identifier: MIT
// Colour transfer by means and deviations in CIELAB: the rival that a translation has to beat.
#pragma once

#include <array>
#include <cstdint>

#include "trainer/data/picture.hpp"

namespace cut::trainer {

// Mean and standard deviation of L*, a* and b* over all pixels of a set, each pixel with the same weight. L*
// is in [0, 100]; sRGB with white D65, as OpenCV converts floats. Memory does not grow with the set.
class LabStatistics {
 public:
  void add(const Picture& picture);  // RGB, of any size

  std::int64_t pixels() const noexcept { return pixels_; }
  std::array<double, 3> mean() const;
  std::array<double, 3> deviation() const;  // of the population

 private:
  std::int64_t pixels_ = 0;
  std::array<double, 3> sums_{}, squares_{};
};

// Per channel of CIELAB: (value - mean of `from`) * deviation of `to` / deviation of `from` + mean of `to`,
// as in Reinhard, Ashikhmin, Gooch, Shirley 2001 ("Color Transfer between Images", equations 10 and 11 and
// the shift after them), which has one picture on each side and the space l-alpha-beta.
class ColourTransfer {
 public:
  // A channel whose deviation in `from` is below minDeviation is shifted only, because its variation is
  // rounding. Throws invalidArgument if a set has no pixel.
  ColourTransfer(const LabStatistics& from, const LabStatistics& to);

  // RGB to RGB of the same size, rounded to 8 bits. Colours outside sRGB are clipped.
  Picture operator()(const Picture& picture) const;

  static constexpr double minDeviation = 0.1;  // one level of grey moves L* by 0.27 or more

 private:
  std::array<double, 3> scale_{}, offset_{};
};

}  // namespace cut::trainer
