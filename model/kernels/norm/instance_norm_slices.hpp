// SPDX-License-Identifier: MIT
// How the pixels of an image are divided into slices, the items of parallel work.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/norm/instance_norm.hpp"

namespace cut::cpu {

// Small enough to balance a layer over a few threads, large enough that merging slices costs nothing: 128 KiB
// of activations.
inline constexpr std::int64_t sliceElements = 32768;
// Pixels that are read together, so that a channel's accumulators are loaded once for all of them.
inline constexpr std::int64_t groupPixels = 8;

struct Slicing {
  explicit Slicing(const InstanceNormShape& shape)
      : pixels(shape.pixels),
        perSlice((std::max<std::int64_t>(sliceElements / shape.channels, groupPixels) + groupPixels - 1) /
                 groupPixels * groupPixels),
        slices((pixels + perSlice - 1) / perSlice) {}

  std::int64_t begin(std::int64_t slice) const { return slice * perSlice; }
  std::int64_t count(std::int64_t slice) const { return std::min(perSlice, pixels - begin(slice)); }

  std::int64_t pixels;
  std::int64_t perSlice;
  std::int64_t slices;
};

}  // namespace cut::cpu
