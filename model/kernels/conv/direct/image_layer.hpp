// SPDX-License-Identifier: MIT
// 1x1 convolutions of channels-last fp32 activations to the few channels of an image, which would fill a
// fraction of a panel only.
#pragma once

#include <cstdint>

#include "kernels/base/parallel_for.hpp"

namespace cut::cpu {

inline constexpr std::int64_t maxImageChannels = 4;

// x is (pixels, inChannels), y (pixels, outputs), both dense.
struct ImageLayerShape {
  std::int64_t pixels = 0;
  std::int64_t inChannels = 0;
  std::int64_t outputs = 0;  // 1 to maxImageChannels
  float slope = 1;           // negative slope of a leaky ReLU on the outputs, 0 to 1; 1: none
};

// y = leakyRelu(bias + x * weights); weights are (inChannels, maxImageChannels) and bias is
// (maxImageChannels), with zeros behind the outputs. The order of each sum is fixed.
void imageLayer(const float* x, const float* weights, const float* bias, float* y,
                const ImageLayerShape& shape, ParallelFor parallelFor) noexcept;

}  // namespace cut::cpu
