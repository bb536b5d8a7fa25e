#include "kernels/base/caches.hpp"

#include <unistd.h>

namespace cut::cpu {

std::int64_t l2CacheBytes() noexcept {
#ifdef _SC_LEVEL2_CACHE_SIZE
  static const std::int64_t said = sysconf(_SC_LEVEL2_CACHE_SIZE);
  if (said > 0) return said;
#endif
  return std::int64_t{1} << 20;
}

}  // namespace cut::cpu
