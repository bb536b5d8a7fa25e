// int8: products of unsigned inputs and signed weights, which some machines sum up in 32 bits by fours.
#pragma once

#include <cstdint>

#include "kernels/conv/winograd/winograd_gemm.hpp"

namespace cut::cpu {

// Inputs are stored with this added, so that they are unsigned; a panel's head takes it off again.
inline constexpr int int8ZeroPoint = 128;

// Before the weights (inChannels / 4, 16, 4) of a panel: what makes floats of its 16 sums.
struct alignas(64) Int8PanelHeader {
  float scale[channelGroup];
  std::int32_t offset[channelGroup];  // -int8ZeroPoint times the sum of an output's weights
};
static_assert(sizeof(Int8PanelHeader) == headerElements<std::uint8_t>);

// Whether this machine, under CUT_CPU_ISA's cap, multiplies int8 faster than anything else.
bool haveInt8() noexcept;

// scale * (offset + sum), the sum without rounding or saturation. Weights are read as signed. Only where
// haveInt8().
Microkernel<std::uint8_t> int8Microkernel() noexcept;

}  // namespace cut::cpu
