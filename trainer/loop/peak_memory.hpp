// Memory as whoever hands it out counts it: the kernel, or LibTorch on a card.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>

namespace cut::trainer {

// The most that was taken at once, in bytes: what was resident of this process for the CPU, what LibTorch
// holds of the card for another device.
std::int64_t peakMemory(c10::Device device);

}  // namespace cut::trainer
