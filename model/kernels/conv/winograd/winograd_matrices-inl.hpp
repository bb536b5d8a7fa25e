// SPDX-License-Identifier: MIT
// The one-dimensional Winograd transforms of F(6x6, 3x3) and F(4x4, 3x3), B^T, A^T and G, and their adjoints,
// on vectors of channels. Included once per target, which is why its guard toggles.
#if defined(CUT_CPU_WINOGRAD_MATRICES_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef CUT_CPU_WINOGRAD_MATRICES_INL
#undef CUT_CPU_WINOGRAD_MATRICES_INL
#else
#define CUT_CPU_WINOGRAD_MATRICES_INL
#endif

#include <hwy/highway.h>

#include "kernels/base/simd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace cut::cpu::HWY_NAMESPACE {

HWY_INLINE Vec times(const Vec& v, double factor) {
  return hn::Mul(v, hn::Set(Floats(), static_cast<float>(factor)));
}

// The values of a polynomial at a point and at its negative, from its even and odd parts.
HWY_INLINE void sumAndDifference(const Vec& even, const Vec& odd, Vec* to) {
  to[0] = hn::Add(even, odd);
  to[1] = hn::Sub(even, odd);
}

// F(6x6, 3x3) with the interpolation points 0, 1, -1, 2, -2, 1/2, -1/2 and infinity, chosen for few
// multiplications.
struct SixBySix {
  static constexpr std::int64_t side = 6, span = 8;  // of a tile's outputs and of its inputs

  // B^T x, in place.
  static HWY_INLINE void input(Vec x[8]) {
    const Floats d;
    const Vec c5_25 = hn::Set(d, 5.25f), c4_25 = hn::Set(d, 4.25f), c2_5 = hn::Set(d, 2.5f);
    const Vec c1_25 = hn::Set(d, 1.25f), half = hn::Set(d, 0.5f), quarter = hn::Set(d, 0.25f);
    const Vec two = hn::Set(d, 2.0f), four = hn::Set(d, 4.0f), five = hn::Set(d, 5.0f);
    const Vec y0 = hn::MulAdd(hn::Sub(x[4], x[2]), c5_25, hn::Sub(x[0], x[6]));
    const Vec y7 = hn::MulAdd(hn::Sub(x[3], x[5]), c5_25, hn::Sub(x[7], x[1]));
    const Vec even1 = hn::NegMulAdd(x[4], c4_25, hn::Add(x[2], x[6]));
    const Vec odd1 = hn::NegMulAdd(x[3], c4_25, hn::Add(x[1], x[5]));
    const Vec even2 = hn::NegMulAdd(x[4], c1_25, hn::MulAdd(x[2], quarter, x[6]));
    const Vec odd2 = hn::NegMulAdd(x[3], c2_5, hn::MulAdd(x[1], half, hn::Mul(x[5], two)));
    const Vec even3 = hn::NegMulAdd(x[4], five, hn::MulAdd(x[2], four, x[6]));
    const Vec odd3 = hn::NegMulAdd(x[3], c2_5, hn::MulAdd(x[1], two, hn::Mul(x[5], half)));
    x[0] = y0;
    x[1] = hn::Add(even1, odd1);
    x[2] = hn::Sub(even1, odd1);
    x[3] = hn::Add(even2, odd2);
    x[4] = hn::Sub(even2, odd2);
    x[5] = hn::Add(even3, odd3);
    x[6] = hn::Sub(even3, odd3);
    x[7] = y7;
  }

  // A^T x: 8 to 6.
  static HWY_INLINE void output(const Vec x[8], Vec y[6]) {
    const Floats d;
    const Vec sum1 = hn::Add(x[1], x[2]), difference1 = hn::Sub(x[1], x[2]);
    const Vec sum2 = hn::Add(x[3], x[4]), difference2 = hn::Sub(x[3], x[4]);
    const Vec sum3 = hn::Add(x[5], x[6]), difference3 = hn::Sub(x[5], x[6]);
    const auto line = [&](const Vec& one, const Vec& two, float weight2, const Vec& three,
                          float weight3) HWY_ATTR {
      return hn::MulAdd(three, hn::Set(d, weight3), hn::MulAdd(two, hn::Set(d, weight2), one));
    };
    y[0] = hn::Add(hn::Add(x[0], sum1), hn::Add(sum2, sum3));
    y[1] = line(difference1, difference2, 2.0f, difference3, 0.5f);
    y[2] = line(sum1, sum2, 4.0f, sum3, 0.25f);
    y[3] = line(difference1, difference2, 8.0f, difference3, 0.125f);
    y[4] = line(sum1, sum2, 16.0f, sum3, 0.0625f);
    y[5] = hn::Add(x[7], line(difference1, difference2, 32.0f, difference3, 0.03125f));
  }

  // A y, the adjoint of output(): 6 to 8.
  static HWY_INLINE void outputAdjoint(const Vec y[6], Vec x[8]) {
    const Floats d;
    // The sum of point^i y_i, at a point and at its negative.
    const auto at = [&](float point, Vec* to) HWY_ATTR {
      const Vec square = hn::Set(d, point * point);
      const Vec even = hn::MulAdd(hn::MulAdd(y[4], square, y[2]), square, y[0]);
      const Vec odd = hn::Mul(hn::MulAdd(hn::MulAdd(y[5], square, y[3]), square, y[1]), hn::Set(d, point));
      sumAndDifference(even, odd, to);
    };
    x[0] = y[0];
    at(1.0f, x + 1);
    at(2.0f, x + 3);
    at(0.5f, x + 5);
    x[7] = y[5];
  }

  // G x, of the weights: 3 to 8.
  static HWY_INLINE void kernel(const Vec x[3], Vec y[8]) {
    const Floats d;
    y[0] = x[0];
    sumAndDifference(times(hn::Add(x[0], x[2]), -2.0 / 9), times(x[1], -2.0 / 9), y + 1);
    sumAndDifference(hn::MulAdd(x[2], hn::Set(d, static_cast<float>(2.0 / 45)), times(x[0], 1.0 / 90)),
                     times(x[1], 1.0 / 45), y + 3);
    sumAndDifference(hn::MulAdd(x[0], hn::Set(d, static_cast<float>(32.0 / 45)), times(x[2], 8.0 / 45)),
                     times(x[1], 16.0 / 45), y + 5);
    y[7] = x[2];
  }

  // G^T x, the adjoint of kernel(): 8 to 3.
  static HWY_INLINE void kernelAdjoint(const Vec x[8], Vec y[3]) {
    const Vec sum1 = times(hn::Add(x[1], x[2]), -2.0 / 9), difference1 = times(hn::Sub(x[1], x[2]), -2.0 / 9);
    const Vec sum2 = times(hn::Add(x[3], x[4]), 1.0 / 90), difference2 = times(hn::Sub(x[3], x[4]), 1.0 / 45);
    const Vec sum3 = times(hn::Add(x[5], x[6]), 8.0 / 45),
              difference3 = times(hn::Sub(x[5], x[6]), 16.0 / 45);
    y[0] = hn::Add(hn::Add(x[0], sum1), hn::Add(sum2, times(sum3, 4)));
    y[1] = hn::Add(difference1, hn::Add(difference2, difference3));
    y[2] = hn::Add(hn::Add(x[7], sum1), hn::Add(times(sum2, 4), sum3));
  }
};

// F(4x4, 3x3) with the interpolation points 0, +-sqrt(1/2), +-sqrt(2) and infinity, chosen for low numerical
// error.
struct FourByFour {
  static constexpr std::int64_t side = 4, span = 6;
  static constexpr float root = 1.41421356f;

  // B^T x, in place.
  static HWY_INLINE void input(Vec x[6]) {
    const Floats d;
    const Vec c2_5 = hn::Set(d, 2.5f), two = hn::Set(d, 2.0f), half = hn::Set(d, 0.5f);
    const Vec y0 = hn::NegMulAdd(x[2], c2_5, hn::Add(x[0], x[4]));
    const Vec y5 = hn::NegMulAdd(x[3], c2_5, hn::Add(x[1], x[5]));
    const Vec even1 = hn::NegMulAdd(x[2], two, x[4]), even2 = hn::NegMulAdd(x[2], half, x[4]);
    const Vec odd1 = hn::Mul(hn::NegMulAdd(x[1], two, x[3]), hn::Set(d, root / 2));
    const Vec odd2 = hn::Mul(hn::NegMulAdd(x[1], half, x[3]), hn::Set(d, root));
    x[0] = y0;
    x[1] = hn::Add(even1, odd1);
    x[2] = hn::Sub(even1, odd1);
    x[3] = hn::Add(even2, odd2);
    x[4] = hn::Sub(even2, odd2);
    x[5] = y5;
  }

  // A^T x: 6 to 4.
  static HWY_INLINE void output(const Vec x[6], Vec y[4]) {
    const Floats d;
    const Vec sum1 = hn::Add(x[1], x[2]), sum2 = hn::Add(x[3], x[4]);
    const Vec difference1 = hn::Mul(hn::Sub(x[1], x[2]), hn::Set(d, root / 2));
    const Vec difference2 = hn::Mul(hn::Sub(x[3], x[4]), hn::Set(d, root));
    const Vec two = hn::Set(d, 2.0f), half = hn::Set(d, 0.5f);
    y[0] = hn::Add(x[0], hn::Add(sum1, sum2));
    y[1] = hn::Add(difference1, difference2);
    y[2] = hn::MulAdd(sum1, half, hn::Mul(sum2, two));
    y[3] = hn::MulAdd(difference1, half, hn::MulAdd(difference2, two, x[5]));
  }

  // G x, of the weights: 3 to 6.
  static HWY_INLINE void kernel(const Vec x[3], Vec y[6]) {
    constexpr double exactRoot = 1.4142135623730951;
    y[0] = x[0];
    sumAndDifference(times(hn::Add(x[0], times(x[2], 0.5)), -2.0 / 3), times(x[1], -exactRoot / 3), y + 1);
    sumAndDifference(times(hn::Add(x[0], times(x[2], 2.0)), 1.0 / 6), times(x[1], exactRoot / 6), y + 3);
    y[5] = x[2];
  }
};

}  // namespace cut::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
