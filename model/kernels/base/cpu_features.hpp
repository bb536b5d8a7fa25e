// SPDX-License-Identifier: MIT
// What the processor offers to kernels: instruction sets, under the cap of CUT_CPU_ISA, and caches.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <string>

namespace cut::cpu {

// Restricts kernels to instruction sets up to CUT_CPU_ISA: amx, avx512, avx2, sse4, neon, or none for plain
// C++. Unset or empty: no cap. To be called before the first kernel; further calls do no harm. Throws
// invalidArgument for an unknown name.
void applyIsaCap();

// The instruction set of Highway's kernels on this machine, under the cap: "avx512", "avx2", ...
std::string activeIsa();

// Whether CUT_CPU_ISA allows AMX, which Highway has no target for.
bool amxAllowed() noexcept;

// AMX tiles for bf16 and int8; Linux has granted this process the tile registers.
bool haveAmx() noexcept;

// AVX512-BF16.
bool haveBf16() noexcept;

// Whether convolutions in bf16 are faster than in fp32.
bool haveFastBf16() noexcept;

// AVX512-VNNI.
bool haveInt8() noexcept;

// Bytes of a core's L2 cache; 1 MiB where the system does not say.
inline std::int64_t l2CacheBytes() noexcept {
#ifdef _SC_LEVEL2_CACHE_SIZE
  static const std::int64_t reported = sysconf(_SC_LEVEL2_CACHE_SIZE);
  if (reported > 0) return reported;
#endif
  return std::int64_t{1} << 20;
}

// Floats from which an output is written with non-temporal stores: it is too large to stay in a cache until
// the next layer reads it, and ordinary stores would first read the lines that they overwrite.
inline constexpr std::int64_t nonTemporalThreshold = std::int64_t{4} << 20;

}  // namespace cut::cpu
