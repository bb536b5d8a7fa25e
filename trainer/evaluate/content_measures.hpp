// SPDX-License-Identifier: MIT
// Measures of what a translation changes in each picture, which distances between sets cannot see.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "trainer/data/picture.hpp"

namespace cut::trainer {

// Each measure is the mean over the pairs (A, G(A)) of a set.
class ContentMeasures {
 public:
  // `a` and `translated`: whole pictures, RGB, of the same size. `viewA`, `view`: their squareView(), whose
  // side is a multiple of 4, at least 64. Throws invalidArgument for different sizes.
  void add(const Picture& a, const Picture& translated, const Picture& viewA, const Picture& view);

  // SSIM without its luminance term (Wang, Bovik, Sheikh, Simoncelli 2004, equations 9 and 10 together)
  // between the luma of A and of G(A): (2 cov + C2) / (var + var' + C2) with the Gaussian window of the paper
  // (11x11, sigma 1.5), C2 = (0.03 * 255)^2. 1 if every edge is kept with its contrast, about 0 if it is
  // lost or replaced, below 0 if it is inverted. Invariant to brightness.
  double structure() const;

  // Grey levels: standard deviation that G(A) adds in regions where A is flat (root mean square over these
  // regions). Both are downsampled by 4, so that fine texture does not count; a region is a 9x9 window, flat
  // if A's deviation is at most flatDeviation; A's own variance is subtracted. Blobs, haloes and banding
  // raise it; A itself has 0. Nothing if no region is flat.
  std::optional<double> blotches() const;

  // Grey levels: luma of the outermost strip minus the adjacent strip in G(A), minus the same in A: top,
  // bottom, left, right. A strip is 1/40 of the short side, at least 4 pixels.
  std::array<double, 4> borders() const;
  double worstBorder() const;  // the one of the largest magnitude; below 0 is darker

  static constexpr double flatDeviation = 4;

 private:
  void addFlatRegions(const Picture& viewA, const Picture& view);

  std::int64_t pairs_ = 0;
  double structure_ = 0;
  std::array<double, 4> borders_{};
  std::int64_t flatRegions_ = 0;
  double addedVariance_ = 0;
};

}  // namespace cut::trainer
