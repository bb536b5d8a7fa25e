// SPDX-License-Identifier: MIT
// Moments of a map's channels from the partial moments that convolutions gather while they write its parts.
#pragma once

#include <cstdint>

#include "kernels/base/parallel_for.hpp"

namespace cut::cpu {

// The number of pixels of a part.
using PixelsOf = FunctionRef<std::int64_t(std::int64_t part)>;

// statistics: for each part its means (channels), then its sums of squared differences from them (channels).
// Gives mean and 1 / sqrt(variance + eps) of each channel, as instanceNormStatistics does (Chan, Golub and
// LeVeque 1983). channels is a multiple of channelGroup.
void mergePartialMoments(const float* statistics, std::int64_t parts, PixelsOf pixelsOf,
                         std::int64_t channels, float eps, float* mean, float* invStd,
                         ParallelFor parallelFor) noexcept;

}  // namespace cut::cpu
