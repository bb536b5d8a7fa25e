// Direct convolution of channels-last fp32 activations: any kernel, any stride, no padding of its own.
#pragma once

#include <cstdint>

#include "kernels/base/parallel_for.hpp"
#include "kernels/norm/norm_relu.hpp"

namespace cut::cpu {

// x is (rows, pixels, inChannels) with dense pixels, y (outHeight, outWidth, outChannels); the strides are in
// floats.
// outChannels is a multiple of channelGroup, inChannels is anything.
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
  bool halfOfLast = false;  // the last channelGroup / 2 outputs are of no use: they are left as they are

  std::int64_t weights() const noexcept { return kernelHeight * kernelWidth * inChannels * outChannels; }
};

// Where a weight lies among shape.weights(): (outChannels / 16, kernelHeight, kernelWidth, inChannels, 16).
std::int64_t directWeightAt(const DirectShape& shape, std::int64_t out, std::int64_t in, std::int64_t row,
                            std::int64_t column) noexcept;

// y(r, p) = bias + sum of x(stride * r + i, stride * p + j) * weights(i, j). Sums run in a fixed order:
// results do not depend on the threads.
void directConvolution(const float* x, const float* weights, const float* bias, float* y,
                       const DirectShape& shape, ParallelFor parallelFor) noexcept;

}  // namespace cut::cpu
