// The end of a generator: the sums of its last convolution, and tanh.
#pragma once

#include <cstdint>

#include "kernels/base/parallel_for.hpp"

namespace cut::cpu {

// A last convolution of `kernel` columns, whose columns were computed as outputs of their own.
struct FinishShape {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t outputs = 0;  // channels of the image: 1 to 4
  std::int64_t partialStride =
      0;                    // floats between pixels of the partial sums: at least (kernel - 1) * outputs + 4
  std::int64_t kernel = 7;  // odd
};

// y (height, width, outputs) = tanh(bias + sum over j of partial(row, pixel + j - kernel / 2, j * outputs +
// c)), pixels reflected at the left and right border. partial is (height, width, partialStride).
void finishImage(const float* partial, const float* bias, float* y, const FinishShape& shape,
                 ParallelFor parallelFor) noexcept;

// A last transposed 4x4 convolution with stride 2 and padding 1, whose sixteen taps were computed as outputs
// of their own: height and width are those of its input, y has twice those.
struct FinishTransposedShape {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t outputs = 0;  // channels of the image: 1 to 4
};

// y (2 height, 2 width, outputs) = tanh(bias + sum of the taps that meet a pixel). partial is (height, width,
// 16, outputs), its taps in the order of the kernel's rows.
void finishTransposedImage(const float* partial, const float* bias, float* y,
                           const FinishTransposedShape& shape, ParallelFor parallelFor) noexcept;

}  // namespace cut::cpu
