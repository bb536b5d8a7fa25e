// Cache sizes that kernels choose their blocking and stores by.
#pragma once

#include <cstdint>

namespace cut::cpu {

// Floats from which an output is written with non-temporal stores: it is too large to stay in a cache until
// the next layer reads it, and ordinary stores would first read the lines that they overwrite.
inline constexpr std::int64_t nonTemporalThreshold = std::int64_t{4} << 20;

// Bytes of a core's L2 cache; a megabyte where the system does not say.
std::int64_t l2CacheBytes() noexcept;

}  // namespace cut::cpu
