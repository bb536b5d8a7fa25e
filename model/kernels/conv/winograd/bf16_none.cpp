// For processors that we have no bf16 kernels for.
#include "kernels/conv/winograd/bf16.hpp"

namespace cut::cpu {

bool haveBf16() noexcept {
  return false;
}

bool haveFastBf16() noexcept {
  return false;
}

Microkernel<std::uint16_t> bf16Microkernel() noexcept {
  return {};
}

}  // namespace cut::cpu
