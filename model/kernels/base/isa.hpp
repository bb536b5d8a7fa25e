// Which instruction set the kernels use, and the cap that CUT_CPU_ISA puts on it.
#pragma once

#include <string>
#include <string_view>

namespace cut::cpu {

// Keeps the kernels from instruction sets above CUT_CPU_ISA: amx, avx512, avx2, sse4, neon, or none
// for plain code. Unset or empty: no cap. To be called before the first kernel; more calls do no harm. Throws
// invalidArgument for another name.
void applyIsaCap();

// Of the vector kernels on this machine, under the cap: "avx512", "avx2", ...
std::string activeIsa();

// Whether the cap lets kernels use AMX, which Highway knows nothing of.
bool amxAllowed() noexcept;

}  // namespace cut::cpu
