// Direct convolutions with stride 1 on a processor's matrix unit (Intel AMX): products of bf16, of fp32 split
// in two of those, or of int8; channels-last fp32 activations on both sides.
#pragma once

#include <cstdint>

#include "kernels/base/parallel_for.hpp"
#include "kernels/conv/weight_at.hpp"
#include "kernels/conv/winograd/winograd.hpp"
#include "kernels/norm/norm_relu.hpp"

namespace cut::cpu {

// Whether this machine, under CUT_CPU_ISA's cap, has such a unit, and the system lets this process use it.
bool haveMatrixUnit() noexcept;

// A tile of the unit: as many lines, pixels of the input or outputs of the weights, of so many bytes.
inline constexpr std::int64_t matrixLines = 16;
inline constexpr std::int64_t matrixLineBytes = 64;

// x is (height, width, inChannels), or half of each side, with dense pixels; y is (height, width,
// outChannels). outChannels is a multiple of channelGroup, inChannels too unless there is no norm and x is
// not doubled, in bf16 or split.
struct MatrixShape {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t inChannels = 0;
  std::int64_t outChannels = 0;
  std::int64_t kernelHeight = 3;  // odd, as the width: half of it is the border around the input
  std::int64_t kernelWidth = 3;
  Border border = Border::zeros;
  bool doubled = false;                // as WinogradShape has it
  std::int64_t inRow = 0;              // floats between rows of x; 0: as many as a row has
  Products products = Products::bf16;  // or split, or int8
  bool nonNegative = false;            // int8: no input, after its norm and ReLU, is below zero

  std::int64_t elementBytes() const noexcept { return products == Products::int8 ? 1 : 2; }
  // Numbers in the place of one. Split is x = high + low, each rounded to bf16, and a product of two such
  // high high + low high + high low, to 3 * 2^-18 of it (Henry, Tang, Heinecke 2019,
  // https://arxiv.org/abs/1904.06376).
  std::int64_t halves() const noexcept { return products == Products::split ? 2 : 1; }
  // What the unit sums up at once: elements of a line of a tile.
  std::int64_t chunk() const noexcept { return matrixLineBytes / elementBytes(); }
  // A line of the kernel meets elements that lie beside each other, in chunks filled up with zeros.
  std::int64_t chunks() const noexcept { return (kernelWidth * inChannels + chunk() - 1) / chunk(); }
  // How many of those are read in turns: where each is of one tap, all taps of the same channels, so that the
  // pixels that they share stay in the L1 cache, which two halves overflow otherwise.
  std::int64_t turns() const noexcept {
    return products == Products::split && inChannels % chunk() == 0 ? kernelWidth : 1;
  }
  // Before the weights of int8: what each input is multiplied with, what a sum of each output is worth, and
  // what is added to it before.
  std::int64_t scales() const noexcept {
    return products == Products::int8 ? inChannels + 2 * outChannels : 0;
  }
  std::int64_t weights() const noexcept {  // in floats
    return scales() + outChannels * kernelHeight * chunks() * halves() * matrixLineBytes / 4;
  }
  std::int64_t statistics() const noexcept { return height * 2 * outChannels; }  // floats
  // Of int8: what stands for zero in bytes.
  int zero() const noexcept { return products == Products::int8 && !nonNegative ? 128 : 0; }
};

// To shape.weights() floats; channels beyond outputs and inputs are zero. ranges: of int8, what each input
// reaches (inputs).
void matrixWeights(WeightAt at, std::int64_t outputs, std::int64_t inputs, float* packed,
                   const MatrixShape& shape, ParallelFor parallelFor, const float* ranges = nullptr);

// Floats of working memory for this many threads.
std::int64_t matrixScratch(const MatrixShape& shape, std::int64_t threads) noexcept;

// statistics, where it is not null, gets those of each row for matrixMoments. Each output's sum runs in a
// fixed order, whatever the threads. weights and scratch are aligned to 64 bytes. Only where
// haveMatrixUnit().
void matrixConvolution(const float* x, const NormRelu& norm, const float* weights, const float* bias,
                       float* y, const MatrixShape& shape, float* statistics, float* scratch,
                       std::int64_t threads, ParallelFor parallelFor) noexcept;

// As winogradMoments has it.
void matrixMoments(const float* statistics, const MatrixShape& shape, float eps, float* mean,
                   float* inverseDeviation, ParallelFor parallelFor) noexcept;

}  // namespace cut::cpu
