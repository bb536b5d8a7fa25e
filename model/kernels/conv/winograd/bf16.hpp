// bf16: the upper half of an fp32, and the dot products that some machines have for it.
#pragma once

#include <bit>
#include <cstdint>

#include "kernels/conv/winograd/winograd_gemm.hpp"

namespace cut::cpu {

// To the nearest, ties to even.
constexpr std::uint16_t toBf16(float value) noexcept {
  if (value != value) return 0x7FC0;
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

constexpr float fromBf16(std::uint16_t value) noexcept {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16);
}

// Whether this machine, under CUT_CPU_ISA's cap, has dot products of bf16.
bool haveBf16() noexcept;

// Whether convolutions in bf16, by these or by AMX, are faster than in fp32.
bool haveFastBf16() noexcept;

// Accumulates in fp32. Requires haveBf16().
Microkernel<std::uint16_t> bf16Microkernel() noexcept;

}  // namespace cut::cpu
