// Padding and blurred down-sampling of channels-last fp32 activations, each with the norm and ReLU of what it
// reads.
#pragma once

#include <cstdint>

#include "cpu/kernels/norm_relu.hpp"
#include "cpu/kernels/parallel_for.hpp"

namespace cut::cpu {

// (height, width, channels), dense; channels is a multiple of channelGroup.
struct MapShape {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;

  std::int64_t pixels() const noexcept { return height * width; }
  std::int64_t floats() const noexcept { return pixels() * channels; }
};

// y is x with zeros around it: (before + height + after, before + width + after, channels).
void padWithZeros(const float* x, const NormRelu& norm, float* y, const MapShape& shape, std::int64_t before,
                  std::int64_t after, ParallelFor parallelFor) noexcept;

// y is (height / 2, width / 2, channels): [1, 2, 1] x [1, 2, 1] / 16 at every second pixel of x, mirrored at
// its border (Zhang 2019). Sides are even.
void blurDown(const float* x, const NormRelu& norm, float* y, const MapShape& shape,
              ParallelFor parallelFor) noexcept;

}  // namespace cut::cpu
