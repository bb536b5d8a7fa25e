// SPDX-License-Identifier: MIT
// Zero padding and blur pooling of channels-last fp32 activations.
#pragma once

#include <cstdint>

#include "kernels/base/feature_map.hpp"
#include "kernels/base/parallel_for.hpp"

namespace cut::cpu {

struct ZeroPadding {
  std::int64_t before = 0;  // rows above, and pixels to the left
  std::int64_t after = 0;
  std::int64_t outPixel = 0;  // floats between pixels of y, at least the channels; 0 is dense
  float slope = 0;            // 0 to 1: negative slope of the ReLU
};

// y is x after norm and ReLU (neither where norm is null), padded with zeros: (before + height + after,
// before + width + after, channels). With outPixel, y is some channels of a wider map, whose other channels
// are not written.
void padWithZeros(const float* x, const NormRelu& norm, float* y, const MapShape& shape,
                  const ZeroPadding& padding, ParallelFor parallelFor) noexcept;

// Blur pooling, antialiased down-sampling (Zhang 2019, https://arxiv.org/abs/1904.11486), with norm and ReLU:
// y is (height / 2, width / 2, channels), the filter [1, 2, 1] x [1, 2, 1] / 16 with stride 2 and reflection
// padding of one pixel. Sides are even.
void blurPool(const float* x, const NormRelu& norm, float* y, const MapShape& shape,
              ParallelFor parallelFor) noexcept;

// The full-size map of a training batch: (batch, height, width, channels), dense; sides from 2.
struct BlurShape {
  std::int64_t batch = 1;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;

  std::int64_t outputHeight() const noexcept { return (height - 1) / 2 + 1; }
  std::int64_t outputWidth() const noexcept { return (width - 1) / 2 + 1; }
};

// As above, for training: no norm, any number of channels, odd sides too.
void blurPool(const float* x, float* y, const BlurShape& shape, ParallelFor parallelFor) noexcept;

// The gradient of the above: dx (full size) from dy.
void blurPoolBackward(const float* dy, float* dx, const BlurShape& shape, ParallelFor parallelFor) noexcept;

}  // namespace cut::cpu
