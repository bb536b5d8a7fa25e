// SPDX-License-Identifier: MIT
// Activation ranges for int8: the absolute maximum of each channel, gathered on the frames that calibrate a
// model.
#pragma once

#include <cstdint>

#include "kernels/base/feature_map.hpp"
#include "kernels/base/parallel_for.hpp"
#include "kernels/conv/winograd/winograd.hpp"

namespace cut::cpu {

// Raises absmax (channels) to the magnitudes of x (pixels, channels) after its norm and ReLU. channels is a
// multiple of channelGroup.
void activationAbsmax(const float* x, const NormRelu& norm, std::int64_t pixels, std::int64_t channels,
                      float* absmax, ParallelFor parallelFor) noexcept;

// Raises absmax (int8TileElements, inChannels) to the magnitudes of x after its norm and ReLU and the input
// transform of int8: what WinogradRanges are made from.
void transformedAbsmax(const float* x, const NormRelu& norm, const WinogradShape& shape, float* absmax,
                       ParallelFor parallelFor) noexcept;

}  // namespace cut::cpu
