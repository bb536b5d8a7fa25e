// SPDX-License-Identifier: MIT
// The output stage of a generator: col2im of its last convolution's partial sums, bias and tanh.
//
// That convolution has 1 to 4 outputs, too few to fill vectors. Its taps are computed as outputs of their
// own, and added up here.
#pragma once

#include <cstdint>

#include "kernels/base/parallel_for.hpp"

namespace cut::cpu {

// After a convolution whose kernel columns were computed as separate outputs.
struct OutputStageShape {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t outputs = 0;  // channels of the image: 1 to 4
  // Floats between pixels of the partial sums: at least (kernel - 1) * outputs + 4.
  std::int64_t partialStride = 0;
  std::int64_t kernel = 7;  // odd
};

// y (height, width, outputs) = tanh(bias + sum over j of partial(row, pixel + j - kernel / 2, j * outputs +
// c)), with reflection padding at the left and right border. partial is (height, width, partialStride).
void outputStage(const float* partial, const float* bias, float* y, const OutputStageShape& shape,
                 ParallelFor parallelFor) noexcept;

// After a transposed 4x4 convolution with stride 2 and padding 1 whose 16 taps were computed as separate
// outputs. height and width are those of its input; y has twice those.
struct TransposedOutputStageShape {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t outputs = 0;  // channels of the image: 1 to 4
};

// y (2 height, 2 width, outputs) = tanh(bias + sum of the taps that overlap at a pixel). partial is (height,
// width, 16, outputs), its taps row by row.
void transposedOutputStage(const float* partial, const float* bias, float* y,
                           const TransposedOutputStageShape& shape, ParallelFor parallelFor) noexcept;

}  // namespace cut::cpu
