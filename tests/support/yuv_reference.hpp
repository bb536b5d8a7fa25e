// SPDX-License-Identifier: MIT
// The arithmetic of ITU-R BT.601, BT.709 and BT.2020 in double precision, sample by sample: what the kernels
// and the element are held against.
#pragma once

#include <array>
#include <vector>

#include "cuttranslate/yuv.hpp"

namespace cut::test {

// Rows of one component without gaps.
struct Samples {
  int width = 0;
  int height = 0;
  std::vector<double> values;

  Samples() = default;
  Samples(int ofWidth, int ofHeight)
      : width(ofWidth),
        height(ofHeight),
        values(static_cast<std::size_t>(ofWidth) * static_cast<std::size_t>(ofHeight)) {}
  double& at(int x, int y) {
    return values[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)];
  }
  double at(int x, int y) const { return const_cast<Samples*>(this)->at(x, y); }
};

using Planes3 = std::array<Samples, 3>;

// The samples of Y, U and V, of a picture of that many columns and rows: all zero.
Planes3 emptyYuv(int width, int height, const YuvFormat& format);

// Red, green and blue in [-1, 1], clamped; chroma interpolated linearly between its sites.
Planes3 rgbOf(const Planes3& yuv, const YuvFormat& format);

// Samples of red, green and blue in [-1, 1], within the format's values and not rounded; chroma weighted 1 2
// 1 where cosited, else averaged.
Planes3 exactYuvOf(const Planes3& rgb, const YuvFormat& format);

// The same, rounded.
Planes3 yuvOf(const Planes3& rgb, const YuvFormat& format);

// The mean of differences (b - a) and the largest magnitude, of one component.
struct Deviation {
  double bias = 0;
  double largest = 0;
};
Deviation deviation(const Samples& a, const Samples& b);

}  // namespace cut::test
