// Direct convolutions with stride 1 on a processor's matrix unit (Intel AMX): products of bf16, sums in fp32,
// channels-last fp32 activations on both sides.
#pragma once

#include <cstdint>

#include "cpu/kernels/norm_relu.hpp"
#include "cpu/kernels/parallel_for.hpp"
#include "cpu/kernels/winograd.hpp"

namespace cut::cpu {

// Whether this machine, under CUT_CPU_ISA's cap, has such a unit, and the system lets this process use it.
bool haveMatrixUnit() noexcept;

// Elements of a line of a tile: what the unit sums up at once.
inline constexpr std::int64_t matrixChunk = 32;

// x is (height, width, inChannels), or half of each side, with dense pixels; y is (height, width,
// outChannels). outChannels is a multiple of channelGroup, inChannels too where there is a norm or x is
// doubled.
struct MatrixShape {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t inChannels = 0;
  std::int64_t outChannels = 0;
  std::int64_t kernelHeight = 3;  // odd, as the width: half of it is the border around the input
  std::int64_t kernelWidth = 3;
  Border border = Border::zeros;
  bool doubled = false;    // as WinogradShape has it
  std::int64_t inRow = 0;  // floats between rows of x; 0: as many as a row has

  // A line of the kernel meets this many elements that lie beside each other, in chunks filled up with zeros.
  std::int64_t line() const noexcept { return kernelWidth * inChannels; }
  std::int64_t chunks() const noexcept { return (line() + matrixChunk - 1) / matrixChunk; }
  std::int64_t weights() const noexcept {  // in floats
    return outChannels * kernelHeight * chunks() * matrixChunk / 2;
  }
  std::int64_t statistics() const noexcept { return height * 2 * outChannels; }  // floats
};

// A weight of the kernel.
using WeightAt = FunctionRef<float(std::int64_t out, std::int64_t in, std::int64_t row, std::int64_t column)>;

// To shape.weights() floats; channels beyond outputs and inputs are zero.
void matrixWeights(WeightAt at, std::int64_t outputs, std::int64_t inputs, float* packed,
                   const MatrixShape& shape, ParallelFor parallelFor);

// Floats of working memory for this many threads.
std::int64_t matrixScratch(const MatrixShape& shape, std::int64_t threads) noexcept;

// statistics, where it is not null, gets those of each row for partMoments. Each output's sum
// runs in a fixed order, whatever the threads. weights and scratch are aligned to 64 bytes. Only where
// haveMatrixUnit().
void matrixConvolution(const float* x, const NormRelu& norm, const float* weights, const float* bias,
                       float* y, const MatrixShape& shape, float* statistics, float* scratch,
                       std::int64_t threads, ParallelFor parallelFor) noexcept;

}  // namespace cut::cpu
