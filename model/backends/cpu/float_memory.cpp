#include "backends/cpu/float_memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace cut::cpu {

FloatMemory makeFloats(std::int64_t count) {
  constexpr std::size_t line = 64;
  constexpr std::size_t hugePage = std::size_t{2} << 20;
  const std::size_t bytes = std::max<std::size_t>(static_cast<std::size_t>(count) * sizeof(float), line);
  const std::size_t unit = bytes >= hugePage ? hugePage : line;
  const std::size_t size = (bytes + unit - 1) / unit * unit;
  void* memory = std::aligned_alloc(unit, size);
  if (!memory) throw std::bad_alloc();
  // Fewer faults and TLB misses; refused is no harm.
  if (unit == hugePage) madvise(memory, size, MADV_HUGEPAGE);
  return FloatMemory(static_cast<float*>(memory));
}

}  // namespace cut::cpu
