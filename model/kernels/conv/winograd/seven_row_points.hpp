// The points of F(4, 7), which its transforms and its weights are made of.
#pragma once

#include <array>
#include <cstdint>

namespace cut::cpu {

// 0, infinity, and four pairs of a point and its opposite. Measured beside others (a single layer of 64
// channels, relative to its outputs): 1.8e-6, where 1/2, 1, 2 and 4 give 5.2e-6 and direct sums 0.3e-6.
struct SevenRowPoints {
  static constexpr double points[4] = {0.5, 0.8, 1.25, 2};

  static constexpr double square(std::int64_t k) { return points[k] * points[k]; }

  // The product of (z - square) over the three other pairs: z^3 + [2] z^2 + [1] z + [0].
  using Cubic = std::array<double, 3>;
  static constexpr Cubic others(std::int64_t k) {
    const double a = square(k == 0 ? 1 : 0), b = square(k <= 1 ? 2 : 1), c = square(k <= 2 ? 3 : 2);
    return {-a * b * c, a * b + b * c + c * a, -(a + b + c)};
  }

  // The derivative of x times the product over all pairs, at point k and at its opposite.
  static constexpr double slope(std::int64_t k) {
    const Cubic q = others(k);
    const double z = square(k);
    return 2 * z * (((z + q[2]) * z + q[1]) * z + q[0]);
  }
};

}  // namespace cut::cpu
