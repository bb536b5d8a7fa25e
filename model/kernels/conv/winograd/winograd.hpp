// SPDX-License-Identifier: MIT
// Winograd convolutions, 3x3 with stride 1, on channels-last fp32 activations: F(6x6, 3x3), 36 outputs by 64
// multiplications per channel instead of 324, or F(4x4, 3x3), 16 by 36 instead of 144 with a lower error
// (Lavin and Gray 2016, https://arxiv.org/abs/1509.09308).
#pragma once

#include <cstdint>

#include "kernels/base/feature_map.hpp"
#include "kernels/base/parallel_for.hpp"
#include "kernels/conv/convolution.hpp"

namespace cut::cpu {

inline constexpr std::int64_t int8TileElements = 36;

// The range of a layer's transformed inputs, for int8: channels[c] * tileElements[e] at input channel c and
// element e of a transformed tile.
struct WinogradRanges {
  const float* channels = nullptr;      // (inputs): absmax after norm and ReLU
  const float* tileElements = nullptr;  // (int8TileElements): the gain of the transform
};

// Some rows of a map's tiles, where x and y hold only some of its rows: xRow and yRow are the first ones that
// they hold.
struct WinogradBand {
  std::int64_t firstTileRow = 0;
  std::int64_t tileRows = 0;  // 0: all
  std::int64_t xRow = 0;
  std::int64_t yRow = 0;
};

// height and width are those of the output. Channels are multiples of channelGroup.
struct WinogradShape {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t inChannels = 0;
  std::int64_t outChannels = 0;
  Padding padding = Padding::zeros;  // one pixel, applied after the norm
  ComputeType computeType = ComputeType::fp32;
  // The input is (height / 2, width / 2, inChannels) and is upsampled by two before the convolution:
  // bilinear, align_corners=False. Sides are even, and padding is zeros.
  bool upsample2x = false;
  // A pixel of the input (or output) is a block of 2x2 pixels of a map of twice the sides and a quarter of
  // the channels, which is what lies in memory. Channels are ordered (row, column, channel of that map); a
  // quarter of them is a multiple of channelGroup. By these a 3x3 convolution computes a convolution with
  // stride 2 (a transposed one) of kernels up to 6x6.
  bool spaceToDepth = false;
  bool depthToSpace = false;
  WinogradBand band{};

  // Outputs of a tile, each way.
  std::int64_t side() const noexcept { return computeType == ComputeType::int8 ? 4 : 6; }
  std::int64_t tileElements() const noexcept { return (side() + 2) * (side() + 2); }
  std::int64_t tilesY() const noexcept { return (height + side() - 1) / side(); }
  std::int64_t tilesX() const noexcept { return (width + side() - 1) / side(); }
  std::int64_t tiles() const noexcept {  // of the band
    return (band.tileRows > 0 ? band.tileRows : tilesY()) * tilesX();
  }
  // Transformed inputs or weights per float of memory.
  std::int64_t perFloat() const noexcept {
    return computeType == ComputeType::int8 ? 4 : computeType == ComputeType::bf16 ? 2 : 1;
  }
  // Floats before int8 weights: 1 / range of each input channel, then a scale for each element of a
  // transformed tile.
  std::int64_t scales() const noexcept {
    return computeType == ComputeType::int8 ? inChannels + paddedChannels(int8TileElements) : 0;
  }
  std::int64_t weights() const noexcept;  // in floats
};

// A strided view of 3x3 kernels; strides in floats. For the data gradient of a convolution the kernels are
// flipped and transposed: `first` is the last tap, tapStride is negative, and outputs and inputs are
// exchanged.
struct KernelView {
  const float* first = nullptr;
  std::int64_t outputs = 0;
  std::int64_t inputs = 0;
  std::int64_t outputStride = 0;
  std::int64_t inputStride = 0;
  std::int64_t tapStride = 1;  // of the nine, row by row
};

// Dense (outputs, inputs, 3, 3).
constexpr KernelView denseKernels(const float* weights, std::int64_t outputs, std::int64_t inputs) noexcept {
  return {weights, outputs, inputs, inputs * 9, 9};
}

// Transforms and packs weights into shape.weights() floats; channels beyond outputs and inputs are zero.
void winogradWeights(const KernelView& kernels, float* transformed, const WinogradShape& shape,
                     ParallelFor parallelFor, const WinogradRanges& ranges = {});

// Floats of scratch memory for this many threads.
std::int64_t winogradScratch(const WinogradShape& shape, std::int64_t threads) noexcept;

// Floats for the partial moments of all tiles.
std::int64_t winogradStatistics(const WinogradShape& shape) noexcept;

// x is (height, width, inChannels), with upsample2x half of each side; y is (height, width, outChannels).
// With an epilogue there are no statistics, and the compute type is fp32. statistics: null, or gets the
// partial moments of each tile for winogradMoments. The order of each sum is fixed, so results do not depend
// on the number of threads. scratch is aligned to 64 bytes.
void winograd(const float* x, const NormRelu& norm, const float* weights, const float* bias, float* y,
              const WinogradShape& shape, float* statistics, float* scratch, std::int64_t threads,
              ParallelFor parallelFor, const Epilogue& epilogue = {}) noexcept;

// mean and 1 / sqrt(variance + eps) of each output channel, as instanceNormStatistics does.
void winogradMoments(const float* statistics, const WinogradShape& shape, float eps, float* mean,
                     float* invStd, ParallelFor parallelFor) noexcept;

}  // namespace cut::cpu
