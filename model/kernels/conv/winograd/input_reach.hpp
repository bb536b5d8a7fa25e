// How large the inputs of a layer get, on frames that calibrate int8.
#pragma once

#include <cstdint>

#include "kernels/base/parallel_for.hpp"
#include "kernels/norm/norm_relu.hpp"

namespace cut::cpu {

// Raises reach (channels) to the magnitude of this map (pixels, channels) after its norm and ReLU. channels
// is a multiple of channelGroup.
void inputReach(const float* x, const NormRelu& norm, std::int64_t pixels, std::int64_t channels,
                float* reach, ParallelFor parallelFor) noexcept;

}  // namespace cut::cpu
