// Large arrays of floats, in 2 MiB pages where the system grants them.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>

namespace cut::cpu {

struct FreeFloats {
  void operator()(float* floats) const noexcept { std::free(floats); }
};
using FloatMemory = std::unique_ptr<float, FreeFloats>;

// Aligned to 64 bytes at least; not initialised. Throws std::bad_alloc.
FloatMemory makeFloats(std::int64_t count);

}  // namespace cut::cpu
