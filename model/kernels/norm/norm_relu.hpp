// The norm and ReLU that a kernel applies to what it loads: the activations themselves are stored before it.
#pragma once

#include <cstdint>

namespace cut::cpu {

// max((x - mean) * invStd, 0), each an array over the channels; both null: x as it is.
struct NormRelu {
  const float* mean = nullptr;
  const float* invStd = nullptr;
};

// Channels of activations are filled up with zeros to a multiple of this: one cache line.
inline constexpr std::int64_t channelGroup = 16;

constexpr std::int64_t paddedChannels(std::int64_t channels) noexcept {
  return (channels + channelGroup - 1) / channelGroup * channelGroup;
}

}  // namespace cut::cpu
