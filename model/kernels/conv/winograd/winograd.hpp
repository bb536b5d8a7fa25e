// 3x3 convolutions with stride 1 by Winograd's F(6x6, 3x3), 36 outputs from 64 products a channel instead of
// 324 (Lavin and Gray 2016, https://arxiv.org/abs/1509.09308), or F(4x4, 3x3), 16 from 36 instead of 144 and
// with less noise, on channels-last fp32 activations.
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

// The output has the input's height and width, or twice those. Channels are multiples of channelGroup.
struct WinogradShape {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t inChannels = 0;
  std::int64_t outChannels = 0;
  Padding padding = Padding::zeros;  // one pixel around the input, after its norm
  ComputeType computeType = ComputeType::fp32;
  // The input is (height / 2, width / 2, inChannels) and is upsampled by two before the convolution:
  // bilinear, align_corners=False. Sides are even, and padding is zeros.
  bool upsample2x = false;

  std::int64_t side() const noexcept {
    return computeType == ComputeType::int8 ? 4 : 6;
  }  // of a tile of outputs
  std::int64_t tileElements() const noexcept { return (side() + 2) * (side() + 2); }
  std::int64_t tilesY() const noexcept { return (height + side() - 1) / side(); }
  std::int64_t tilesX() const noexcept { return (width + side() - 1) / side(); }
  std::int64_t tiles() const noexcept { return tilesY() * tilesX(); }
  // Transformed inputs, or weights, in the place of a float.
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

// To shape.weights() floats; channels beyond outputs and inputs are zero.
void winogradWeights(const KernelView& kernels, float* transformed, const WinogradShape& shape,
                     ParallelFor parallelFor, const WinogradRanges& ranges = {});

// Floats of working memory for this many threads.
std::int64_t winogradScratch(const WinogradShape& shape, std::int64_t threads) noexcept;

// Floats that the statistics of the tiles take.
std::int64_t winogradStatistics(const WinogradShape& shape) noexcept;

// x is (height, width, inChannels), or half of each side; y is (height, width, outChannels). statistics,
// where it is not null, gets each tile's mean and summed squares for winogradMoments. Each output's sum runs
// in a fixed order, whatever the threads. scratch is aligned to 64 bytes.
void winograd(const float* x, const NormRelu& norm, const float* weights, const float* bias, float* y,
              const WinogradShape& shape, float* statistics, float* scratch, std::int64_t threads,
              ParallelFor parallelFor) noexcept;

// mean and 1 / sqrt(variance + eps) of each output channel, as instanceNormStatistics gives them.
void winogradMoments(const float* statistics, const WinogradShape& shape, float eps, float* mean,
                     float* invStd, ParallelFor parallelFor) noexcept;

}  // namespace cut::cpu
