// SPDX-License-Identifier: MIT
// The one-dimensional Winograd transforms of F(4, 7), for kernels of seven rows. Included once per target,
// which is why its guard toggles.
#if defined(CUT_CPU_WINOGRAD_F4_7_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CUT_CPU_WINOGRAD_F4_7_INL
#undef CUT_CPU_WINOGRAD_F4_7_INL
#else
#define CUT_CPU_WINOGRAD_F4_7_INL
#endif

#include <hwy/highway.h>

#include <array>
#include <cstdint>

#include "kernels/base/simd-inl.hpp"
#include "kernels/conv/winograd/winograd_matrices-inl.hpp"

#ifndef CUT_CPU_WINOGRAD_F4_7_ONCE
#define CUT_CPU_WINOGRAD_F4_7_ONCE
namespace cut::cpu {

// The interpolation points: 0, infinity, and four pairs of a point and its negative. Relative error of a
// layer of 64 channels: 1.8e-6, where the points 1/2, 1, 2 and 4 give 5.2e-6 and direct convolution 0.3e-6.
struct Points4x7 {
  static constexpr double points[4] = {0.5, 0.8, 1.25, 2};

  static constexpr double square(std::int64_t k) { return points[k] * points[k]; }

  // The product of (z - square) over the three other pairs: z^3 + [2] z^2 + [1] z + [0].
  using Cubic = std::array<double, 3>;
  static constexpr Cubic others(std::int64_t k) {
    const double a = square(k == 0 ? 1 : 0), b = square(k <= 1 ? 2 : 1), c = square(k <= 2 ? 3 : 2);
    return {-a * b * c, a * b + b * c + c * a, -(a + b + c)};
  }

  // The derivative of x times the product over all pairs, at point k and at its negative.
  static constexpr double slope(std::int64_t k) {
    const Cubic q = others(k);
    const double z = square(k);
    return 2 * z * (((z + q[2]) * z + q[1]) * z + q[0]);
  }
};

}  // namespace cut::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {

// F(4, 7) in one dimension: four outputs of seven taps, by ten multiplications.
struct FourBySeven {
  using Points = Points4x7;
  static constexpr std::int64_t side = 4, span = 10;

  // B^T x, in place.
  static HWY_INLINE void input(Vec x[span]) {
    const Floats d;
    const auto constant = [&](double value) HWY_ATTR { return hn::Set(d, static_cast<float>(value)); };
    // The product over all four pairs, z^4 + n3 z^3 + ... + n0 at z = x^2, from the other three's.
    constexpr Points::Cubic first = Points::others(0);
    constexpr double z = Points::square(0);
    const Vec n0 = constant(-z * first[0]), n1 = constant(first[0] - z * first[1]),
              n2 = constant(first[1] - z * first[2]);
    const Vec n3 = constant(first[2] - z);
    const auto whole = [&](const Vec* from) HWY_ATTR {
      return hn::MulAdd(from[0], n0,
                        hn::MulAdd(from[2], n1, hn::MulAdd(from[4], n2, hn::MulAdd(from[6], n3, from[8]))));
    };
    const Vec zero = whole(x), infinity = whole(x + 1);
    Vec pairs[8];
#pragma GCC unroll 4
    for (std::int64_t k = 0; k < 4; ++k) {
      const Points::Cubic q = Points::others(k);
      const Vec q0 = constant(q[0]), q1 = constant(q[1]), q2 = constant(q[2]);
      const auto part = [&](const Vec* from) HWY_ATTR {
        return hn::MulAdd(from[0], q0, hn::MulAdd(from[2], q1, hn::MulAdd(from[4], q2, from[6])));
      };
      sumAndDifference(part(x + 2), hn::Mul(part(x + 1), constant(Points::points[k])), pairs + 2 * k);
    }
    x[0] = zero;
    for (std::int64_t i = 0; i < 8; ++i) x[1 + i] = pairs[i];
    x[9] = infinity;
  }

  // A^T x: 10 to 4.
  static HWY_INLINE void output(const Vec x[span], Vec y[side]) {
    const Floats d;
    for (std::int64_t i = 0; i < side; ++i) y[i] = i == 0 ? x[0] : i == 3 ? x[9] : hn::Zero(d);
#pragma GCC unroll 4
    for (std::int64_t k = 0; k < 4; ++k) {
      const double point = Points::points[k];
      const Vec sum = hn::Add(x[1 + 2 * k], x[2 + 2 * k]), difference = hn::Sub(x[1 + 2 * k], x[2 + 2 * k]);
      const auto constant = [&](double value) HWY_ATTR { return hn::Set(d, static_cast<float>(value)); };
      y[0] = hn::Add(y[0], sum);
      y[1] = hn::MulAdd(difference, constant(point), y[1]);
      y[2] = hn::MulAdd(sum, constant(point * point), y[2]);
      y[3] = hn::MulAdd(difference, constant(point * point * point), y[3]);
    }
  }
};

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
