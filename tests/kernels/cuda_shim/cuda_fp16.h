// SPDX-License-Identifier: MIT
// Stands in for CUDA's header of this name: the type and the two conversions that the kernels use.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

struct __half {
  std::uint16_t bits = 0;
};

inline float __half2float(__half half) {
  const int exponent = half.bits >> 10 & 31;
  const int mantissa = half.bits & 1023;
  const float sign = half.bits & 0x8000 ? -1.0F : 1.0F;
  if (exponent == 31) return mantissa ? NAN : sign * INFINITY;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(mantissa), -24);
  return sign * std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
}

// To nearest, ties to even, in whatever rounding mode the host has by default.
inline __half __float2half_rn(float value) {
  const auto sign = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16 & 0x8000);
  const float size = std::fabs(value);
  if (std::isnan(value)) return {static_cast<std::uint16_t>(sign | 0x7E00)};
  if (size >= 65520.0F) return {static_cast<std::uint16_t>(sign | 0x7C00)};
  int exponent = 0;
  std::frexp(size, &exponent);
  // 10 bits follow the first; below 2^-14 all numbers are 2^-24 apart.
  const int step = (size < std::ldexp(1.0F, -14) ? -13 : exponent) - 11;
  const auto steps = static_cast<std::uint32_t>(std::nearbyint(std::ldexp(size, -step)));
  // A normal number's first bit counts one exponent up, and so does a carry out of the mantissa.
  return {static_cast<std::uint16_t>(sign | (static_cast<std::uint32_t>(step + 24) * 1024 + steps))};
}
