// SPDX-License-Identifier: MIT
// Channels-last feature maps of fp32 activations, and the norm that kernels apply when they load one.
#pragma once

#include <cstdint>

namespace cut::cpu {

// Channels are padded with zeros to a multiple of this: one cache line.
inline constexpr std::int64_t channelGroup = 16;

constexpr std::int64_t paddedChannels(std::int64_t channels) noexcept {
  return (channels + channelGroup - 1) / channelGroup * channelGroup;
}

// (height, width, channels), dense; channels is a multiple of channelGroup.
struct MapShape {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;

  std::int64_t pixels() const noexcept { return height * width; }
  std::int64_t floats() const noexcept { return pixels() * channels; }
};

// The norm and ReLU of a map, which is stored before both: the kernel that reads it computes
// max((x - mean) * invStd, 0), with one value of each for a channel. Where both are null, it reads x as it
// is.
struct NormRelu {
  const float* mean = nullptr;
  const float* invStd = nullptr;
};

}  // namespace cut::cpu
