// SPDX-License-Identifier: MIT
// Direct convolution of channels-last fp32 activations with any kernel and stride, without padding.
#pragma once

#include <cstdint>

#include "kernels/base/feature_map.hpp"
#include "kernels/base/parallel_for.hpp"

namespace cut::cpu {

// x is (rows, pixels, inChannels) with dense pixels, y (outHeight, outWidth, outChannels). outChannels is a
// multiple of channelGroup. inRow, outRow and outPixel are strides in floats.
struct DirectShape {
  std::int64_t outHeight = 0;
  std::int64_t outWidth = 0;
  std::int64_t inChannels = 0;
  std::int64_t outChannels = 0;
  std::int64_t kernelHeight = 1;
  std::int64_t kernelWidth = 1;
  std::int64_t stride = 1;
  std::int64_t inRow = 0;
  std::int64_t outRow = 0;
  std::int64_t outPixel = 0;
  bool skipLastHalfPanel =
      false;        // the last channelGroup / 2 outputs are channel padding: not computed, not written
  float slope = 1;  // negative slope of a leaky ReLU on the outputs, 0 to 1; 1: none

  std::int64_t weights() const noexcept { return kernelHeight * kernelWidth * inChannels * outChannels; }
};

// The index of a weight in the packed layout (outChannels / 16, kernelHeight, kernelWidth, inChannels, 16).
std::int64_t directWeightAt(const DirectShape& shape, std::int64_t out, std::int64_t in, std::int64_t row,
                            std::int64_t column) noexcept;

// y(r, p) = bias + sum of x(stride * r + i, stride * p + j) * weights(i, j). The order of each sum is fixed,
// so results do not depend on the number of threads.
void directConvolution(const float* x, const float* weights, const float* bias, float* y,
                       const DirectShape& shape, ParallelFor parallelFor) noexcept;

}  // namespace cut::cpu
