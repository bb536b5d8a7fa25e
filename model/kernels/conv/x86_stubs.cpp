// SPDX-License-Identifier: MIT
// Stubs of what only x86 has, for other processors: the features are absent, so that no kernel below is
// called.
#include "kernels/base/cpu_features.hpp"
#include "kernels/conv/amx/amx_convolution.hpp"
#include "kernels/conv/winograd/winograd_gemm.hpp"

namespace cut::cpu {

bool haveAmx() noexcept {
  return false;
}

bool haveBf16() noexcept {
  return false;
}

bool haveFastBf16() noexcept {
  return false;
}

bool haveInt8() noexcept {
  return false;
}

std::int64_t amxScratch(const AmxShape&, std::int64_t) noexcept {
  return 0;
}

void amxConvolution(const float*, const NormRelu&, const float*, const float*, float*, const AmxShape&,
                    float*, float*, std::int64_t, ParallelFor) noexcept {}

Microkernel<std::uint16_t> bf16Microkernel() noexcept {
  return {};
}

Microkernel<std::uint8_t> int8Microkernel() noexcept {
  return {};
}

}  // namespace cut::cpu
