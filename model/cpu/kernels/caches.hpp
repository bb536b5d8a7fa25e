// When a kernel writes its output around the caches.
#pragma once

#include <cstdint>

namespace cut::cpu {

// Floats of an output that no cache keeps for the next layer.
inline constexpr std::int64_t pastCaches = std::int64_t{4} << 20;

}  // namespace cut::cpu
