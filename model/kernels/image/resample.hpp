// Zero padding and blurred down-sampling of channels-last fp32 activations, each with the norm and ReLU of
// what it reads.
#pragma once

#include <cstdint>

#include "kernels/base/feature_map.hpp"
#include "kernels/base/parallel_for.hpp"

namespace cut::cpu {

struct ZeroPadding {
  std::int64_t before = 0;  // rows above, and pixels to the left
  std::int64_t after = 0;
  std::int64_t outPixel = 0;  // floats between pixels of y: at least the channels; 0: as many
  float slope = 0;            // 0 to 1: of the ReLU below zero. Without a norm there is no ReLU
};

// y is x with zeros around it: (before + height + after, before + width + after, channels). With outPixel it
// is some of the channels of a wider map, whose others are left as they are.
void padWithZeros(const float* x, const NormRelu& norm, float* y, const MapShape& shape,
                  const ZeroPadding& padding, ParallelFor parallelFor) noexcept;

// y is (height / 2, width / 2, channels): [1, 2, 1] x [1, 2, 1] / 16 at every second pixel of x, with
// reflection padding at its border (Zhang 2019). Sides are even.
void blurDown(const float* x, const NormRelu& norm, float* y, const MapShape& shape,
              ParallelFor parallelFor) noexcept;

}  // namespace cut::cpu
