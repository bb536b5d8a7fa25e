// SPDX-License-Identifier: MIT
// Direct convolutions with stride 1 by Intel AMX: dot products of bf16, of fp32 split into two bf16 terms
// (bf16x3), or of int8, with fp32 activations in channels-last layout on both sides.
#pragma once

#include <cstdint>

#include "kernels/base/feature_map.hpp"
#include "kernels/base/parallel_for.hpp"
#include "kernels/conv/convolution.hpp"

namespace cut::cpu {

// The size of a tile register. Its rows are pixels of the input or outputs of the weights.
inline constexpr std::int64_t tileRows = 16;
inline constexpr std::int64_t tileRowBytes = 64;

// x is (height, width, inChannels), or (height / 2, width / 2, inChannels) with upsample2x, with dense
// pixels; y is (height, width, outChannels). outChannels is a multiple of channelGroup. inChannels is one
// too, except in bf16 and bf16x3 without norm and upsample2x.
struct AmxShape {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t inChannels = 0;
  std::int64_t outChannels = 0;
  std::int64_t kernelHeight = 3;  // odd, as the width; the padding is half of it
  std::int64_t kernelWidth = 3;
  Padding padding = Padding::zeros;
  bool upsample2x = false;                      // as in WinogradShape
  std::int64_t inRow = 0;                       // floats between rows of x; 0 is dense
  ComputeType computeType = ComputeType::bf16;  // or bf16x3, or int8
  bool nonNegative = false;                     // int8: inputs (after norm and ReLU) are never negative

  std::int64_t elementBytes() const noexcept { return computeType == ComputeType::int8 ? 1 : 2; }
  // bf16 terms of a number. bf16x3 represents x as high + low, both rounded to bf16, and takes three of the
  // four partial products (not low * low), for a relative error of 3 * 2^-18 (Henry, Tang, Heinecke 2019,
  // https://arxiv.org/abs/1904.06376).
  std::int64_t terms() const noexcept { return computeType == ComputeType::bf16x3 ? 2 : 1; }
  // Elements of a K-block: what one tile row holds, and one instruction sums up.
  std::int64_t kBlock() const noexcept { return tileRowBytes / elementBytes(); }
  // K-blocks of a kernel row, under which the input is contiguous; the last one is padded with zeros.
  std::int64_t kBlocks() const noexcept { return (kernelWidth * inChannels + kBlock() - 1) / kBlock(); }
  // Kernel columns that are the inner loop of each K-block. In bf16x3, where a K-block lies within one
  // column, all columns read the same channels in turn, so that the pixels they share stay in the L1 cache:
  // two terms of all channels would overflow it.
  std::int64_t innerColumns() const noexcept {
    return computeType == ComputeType::bf16x3 && inChannels % kBlock() == 0 ? kernelWidth : 1;
  }
  // Floats before int8 weights: the scale of each input, then the scale and the (int32) offset of each
  // output.
  std::int64_t scales() const noexcept {
    return computeType == ComputeType::int8 ? inChannels + 2 * outChannels : 0;
  }
  std::int64_t weights() const noexcept {  // in floats
    return scales() + outChannels * kernelHeight * kBlocks() * terms() * tileRowBytes / 4;
  }
  std::int64_t statistics() const noexcept { return height * 2 * outChannels; }  // floats
  // The quantized value of 0 in int8.
  int zeroPoint() const noexcept { return computeType == ComputeType::int8 && !nonNegative ? 128 : 0; }
};

// Packs weights into shape.weights() floats; channels beyond outputs and inputs are zero. ranges (inputs):
// the activation range of each input channel, for int8.
void amxWeights(WeightAt at, std::int64_t outputs, std::int64_t inputs, float* packed, const AmxShape& shape,
                ParallelFor parallelFor, const float* ranges = nullptr);

// Floats of working memory for this many threads.
std::int64_t amxScratch(const AmxShape& shape, std::int64_t threads) noexcept;

// statistics: null, or gets the partial moments of each row for amxMoments. The order of each sum is fixed,
// so results do not depend on the number of threads. weights and scratch are aligned to 64 bytes. Requires
// haveAmx().
void amxConvolution(const float* x, const NormRelu& norm, const float* weights, const float* bias, float* y,
                    const AmxShape& shape, float* statistics, float* scratch, std::int64_t threads,
                    ParallelFor parallelFor) noexcept;

// As winogradMoments.
void amxMoments(const float* statistics, const AmxShape& shape, float eps, float* mean, float* invStd,
                ParallelFor parallelFor) noexcept;

}  // namespace cut::cpu
