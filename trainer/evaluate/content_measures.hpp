// What a translation does to the pictures themselves, where a distance between sets is blind.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "trainer/data/picture.hpp"

namespace cut::trainer {

// Means over the pairs (A, G(A)) of a set.
class ContentMeasures {
 public:
  // `a` and `translated`: the whole pictures, RGB, of one size. `viewA`, `view`: as they are compared,
  // squares whose side is a multiple of 4, at least 64.
  void add(const Picture& a, const Picture& translated, const Picture& viewA, const Picture& view);

  // SSIM without its luminance term (Wang, Bovik, Sheikh, Simoncelli 2004, equations 9 and 10 together)
  // between the luma of A and of G(A): (2 cov + C2) / (var + var' + C2) with the Gaussian window of the paper
  // (11x11, sigma 1.5), C2 = (0.03 * 255)^2. 1 where every edge is kept with its contrast, about 0 where it
  // is lost or another stands there, below 0 where it is turned round. Brightness does not count.
  double structure() const;

  // Grey levels: the deviation that G(A) has in places where A is flat. Both are averaged over 4x4 pixels, so
  // that fine texture does not count; a place is 9x9 of these, flat where A's deviation is at most
  // flatDeviation; what A has itself is deducted (root mean square over all flat places). Blobs, haloes and
  // banding in the sky raise it; A itself has 0. Nothing where no place is flat.
  std::optional<double> blotches() const;

  // Grey levels: how much lighter the outermost strip of G(A) is than the strip beside it, more than in A, on
  // average: top, bottom, left, right. A strip is 1/40 of the short side, at least 4 pixels.
  std::array<double, 4> borders() const;
  double worstBorder() const;  // the one furthest from 0, with its sign: below 0 is darkened

  static constexpr double flatDeviation = 4;

 private:
  void addFlatPlaces(const Picture& viewA, const Picture& view);

  std::int64_t pairs_ = 0;
  double structure_ = 0;
  std::array<double, 4> borders_{};
  std::int64_t flatPlaces_ = 0;
  double inventedVariance_ = 0;
};

}  // namespace cut::trainer
