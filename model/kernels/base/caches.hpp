// What kernels ask about the caches.
#pragma once

#include <cstdint>

namespace cut::cpu {

// Floats of an output that no cache keeps for the next layer: it is written around them.
inline constexpr std::int64_t pastCaches = std::int64_t{4} << 20;

// Bytes of a core's L2 cache; a megabyte where the system does not say.
std::int64_t l2CacheBytes() noexcept;

}  // namespace cut::cpu
