// Blurred down-sampling and its gradient, for training: channels-last fp32.
//
// [1,2,1]x[1,2,1]/16 with stride 2 after reflecting one pixel (Zhang 2019, https://arxiv.org/abs/1904.11486).
#pragma once

#include <cstdint>

#include "kernels/base/parallel_for.hpp"

namespace cut::cpu {

// Of the full-size map: (batch, height, width, channels), dense; sides from 2.
struct BlurShape {
  std::int64_t batch = 1;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;

  std::int64_t outputHeight() const noexcept { return (height - 1) / 2 + 1; }
  std::int64_t outputWidth() const noexcept { return (width - 1) / 2 + 1; }
};

void blurDown(const float* x, float* y, const BlurShape& shape, ParallelFor parallelFor) noexcept;

// dx (full size) from dy (halved).
void blurDownBackward(const float* dy, float* dx, const BlurShape& shape, ParallelFor parallelFor) noexcept;

}  // namespace cut::cpu
