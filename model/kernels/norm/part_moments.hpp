// The statistics of a map's channels from those of its parts, which convolutions gather while they write
// them.
#pragma once

#include <cstdint>

#include "kernels/base/feature_map.hpp"
#include "kernels/base/parallel_for.hpp"

namespace cut::cpu {

// How many pixels a part has.
using PixelsOf = FunctionRef<std::int64_t(std::int64_t part)>;

// statistics: each part's means (channels), then its summed squares around them (channels). Gives mean and
// 1 / sqrt(variance + eps) of each channel, as instanceNormStatistics does. channels is a multiple of
// channelGroup.
void partMoments(const float* statistics, std::int64_t parts, PixelsOf pixelsOf, std::int64_t channels,
                 float eps, float* mean, float* invStd, ParallelFor parallelFor) noexcept;

}  // namespace cut::cpu
