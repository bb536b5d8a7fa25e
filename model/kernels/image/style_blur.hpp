// SPDX-License-Identifier: MIT
// StyleGAN2's down-sampling filter (Karras et al. 2020) on channels-last fp32 activations.
#pragma once

#include <cstdint>

#include "kernels/base/feature_map.hpp"
#include "kernels/base/parallel_for.hpp"

namespace cut::cpu {

// Some rows of the output, where x and y hold only some of theirs.
struct BlurBand {
  std::int64_t firstRow = 0;  // of the output; y begins with it
  std::int64_t rows = 0;
  std::int64_t xRow = 0;  // the map's row where x begins
};

// y is (band.rows, width / 2, channels) of the filter [1, 3, 3, 1] x [1, 3, 3, 1] / 64 with stride 2, centred
// on blocks of 2x2 pixels, with zero padding of one pixel. `shape` is that of the whole input; sides are
// even.
void styleBlurHalve(const float* x, float* y, const MapShape& shape, const BlurBand& band,
                    ParallelFor parallelFor) noexcept;

}  // namespace cut::cpu
