// SPDX-License-Identifier: MIT
// Convolutions with kernels of seven rows and stride 1 (the first and the last layer of a ResNet generator)
// by Winograd's F(4, 7) along the columns: ten multiplications for four outputs, where a direct convolution
// has 28 (Lavin and Gray 2016, https://arxiv.org/abs/1509.09308). Activations are fp32, channels-last.
#pragma once

#include <cstdint>

#include "kernels/base/feature_map.hpp"
#include "kernels/base/parallel_for.hpp"
#include "kernels/conv/convolution.hpp"

namespace cut::cpu {

// x is (height, width + kernelWidth - 1, inChannels) with dense pixels: the caller pads columns, the kernel
// applies reflection padding to rows. y is (height, width, outChannels). outChannels is a multiple of
// channelGroup, and with a norm inChannels too; height is at least 4.
struct ColumnsShape {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t inChannels = 0;
  std::int64_t outChannels = 0;
  std::int64_t kernelWidth = 1;
  std::int64_t inRow = 0;          // floats between rows of x
  bool skipLastHalfPanel = false;  // the last channelGroup / 2 outputs are channel padding and undefined

  static constexpr std::int64_t kernelHeight = 7, side = 4, tileElements = 10;
  std::int64_t weights() const noexcept { return tileElements * kernelWidth * inChannels * outChannels; }
  std::int64_t statistics() const noexcept;  // floats
};

// Transforms and packs weights into shape.weights() floats; channels beyond outputs and inputs are zero.
void winogradColumnsWeights(WeightAt at, std::int64_t outputs, std::int64_t inputs, float* transformed,
                            const ColumnsShape& shape);

// Floats of scratch memory for this many threads.
std::int64_t winogradColumnsScratch(const ColumnsShape& shape, std::int64_t threads) noexcept;

// statistics: null, or gets the partial moments of each part for winogradColumnsMoments. The order of each
// sum is fixed, so results do not depend on the number of threads. scratch is aligned to 64 bytes.
void winogradColumns(const float* x, const NormRelu& norm, const float* weights, const float* bias, float* y,
                     const ColumnsShape& shape, float* statistics, float* scratch, std::int64_t threads,
                     ParallelFor parallelFor) noexcept;

// As winogradMoments.
void winogradColumnsMoments(const float* statistics, const ColumnsShape& shape, float eps, float* mean,
                            float* invStd, ParallelFor parallelFor) noexcept;

}  // namespace cut::cpu
