// Convolutions of seven rows with stride 1, the first and the last of a ResNet generator, by Winograd along
// the columns: F(4, 7) takes ten products for four outputs where a direct sum has 28 (Lavin and Gray 2016,
// https://arxiv.org/abs/1509.09308). Channels-last fp32 activations.
#pragma once

#include <cstdint>

#include "kernels/base/feature_map.hpp"
#include "kernels/base/parallel_for.hpp"
#include "kernels/conv/convolution.hpp"

namespace cut::cpu {

// x is (height, width + kernelWidth - 1, inChannels) with dense pixels: what lies to the left and right is
// its caller's, rows beyond the upper and lower border are found reflected. y is (height, width,
// outChannels). outChannels is a multiple of channelGroup, inChannels too where there is a norm; height is 4
// at least.
struct ColumnsShape {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t inChannels = 0;
  std::int64_t outChannels = 0;
  std::int64_t kernelWidth = 1;
  std::int64_t inRow = 0;          // floats between rows of x
  bool skipLastHalfPanel = false;  // the last channelGroup / 2 outputs are of no use: anything may lie there

  static constexpr std::int64_t kernelHeight = 7, side = 4, tileElements = 10;
  std::int64_t weights() const noexcept { return tileElements * kernelWidth * inChannels * outChannels; }
  std::int64_t statistics() const noexcept;  // floats
};

// To shape.weights() floats; channels beyond outputs and inputs are zero.
void winogradColumnsWeights(WeightAt at, std::int64_t outputs, std::int64_t inputs, float* transformed,
                            const ColumnsShape& shape);

// Floats of working memory for this many threads.
std::int64_t winogradColumnsScratch(const ColumnsShape& shape, std::int64_t threads) noexcept;

// statistics, where it is not null, gets those of each part of the map for winogradColumnsMoments. Each
// output's sum runs in a fixed order, whatever the threads. scratch is aligned to 64 bytes.
void winogradColumns(const float* x, const NormRelu& norm, const float* weights, const float* bias, float* y,
                     const ColumnsShape& shape, float* statistics, float* scratch, std::int64_t threads,
                     ParallelFor parallelFor) noexcept;

// As winogradMoments has it.
void winogradColumnsMoments(const float* statistics, const ColumnsShape& shape, float eps, float* mean,
                            float* invStd, ParallelFor parallelFor) noexcept;

}  // namespace cut::cpu
