// How the pixels of an image are cut into slices that threads share.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/norm/instance_norm.hpp"

namespace cut::cpu {

// Small enough that a few threads share a layer evenly, large enough that merging slices costs nothing:
// 128 KiB of activations.
inline constexpr std::int64_t sliceElements = 32768;
// Pixels read together: one load of the channel's values serves all of them.
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
