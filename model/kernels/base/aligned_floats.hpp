// SPDX-License-Identifier: MIT
// Large arrays of floats for kernels: aligned to cache lines, in 2 MiB pages where the system grants them.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace cut::cpu {

struct FreeFloats {
  void operator()(float* floats) const noexcept { std::free(floats); }
};
using AlignedFloats = std::unique_ptr<float, FreeFloats>;

// Aligned to 64 bytes at least; not initialised. Throws std::bad_alloc.
inline AlignedFloats makeAlignedFloats(std::int64_t count) {
  constexpr std::size_t line = 64;
  constexpr std::size_t hugePage = std::size_t{2} << 20;
  const std::size_t bytes = std::max<std::size_t>(static_cast<std::size_t>(count) * sizeof(float), line);
  const std::size_t unit = bytes >= hugePage ? hugePage : line;
  const std::size_t size = (bytes + unit - 1) / unit * unit;
  void* memory = std::aligned_alloc(unit, size);
  if (!memory) throw std::bad_alloc();
  // Huge pages save page faults and TLB misses; a refusal does no harm.
  if (unit == hugePage) madvise(memory, size, MADV_HUGEPAGE);
  return AlignedFloats(static_cast<float*>(memory));
}

}  // namespace cut::cpu
