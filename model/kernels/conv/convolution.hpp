// SPDX-License-Identifier: MIT
// What all convolutions share: padding, compute types with their bf16 conversions, and access to weights.
#pragma once

#include <bit>
#include <cstdint>

#include "kernels/base/parallel_for.hpp"

namespace cut::cpu {

enum class Padding { zeros, reflect };

// The element type of multiplications; sums and Winograd's transforms are fp32 (int8 sums int32). bf16
// requires haveBf16(), int8 haveInt8(). bf16x3, fp32 split into two bf16 terms, exists for AMX alone. int8
// uses F(4x4, 3x3), because the larger tiles of F(6x6, 3x3) amplify quantization noise by 9 dB more.
enum class ComputeType { fp32, bf16x3, bf16, int8 };

// fp32 to bf16, its upper half, rounded to nearest even.
constexpr std::uint16_t toBf16(float value) noexcept {
  if (value != value) return 0x7FC0;
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

constexpr float fromBf16(std::uint16_t value) noexcept {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16);
}

// What a convolution makes of its sums when it stores them: y = leakyRelu(sum + bias + noiseWeight * noise) +
// beta * y.
struct Epilogue {
  float slope = 1;               // negative slope of the leaky ReLU, 0 to 1; 1: none
  float beta = 0;                // for residuals; 0: y is not read
  const float* noise = nullptr;  // null, or (rows, pixels) of y: the same for all channels
  float noiseWeight = 0;

  bool isEmpty() const noexcept { return slope == 1 && beta == 0 && !noise; }
};

// Reads a weight of a convolution, wherever its weights are, for packing.
using WeightAt = FunctionRef<float(std::int64_t out, std::int64_t in, std::int64_t row, std::int64_t column)>;

}  // namespace cut::cpu
