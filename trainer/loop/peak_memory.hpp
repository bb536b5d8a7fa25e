// What the kernel counted of this process.
#pragma once

#include <cstdint>

namespace cut::trainer {

// The most memory that was resident at once, in bytes.
std::int64_t peakMemory();

}  // namespace cut::trainer
