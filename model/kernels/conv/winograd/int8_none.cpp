// For processors that we have no int8 kernels for.
#include "kernels/conv/winograd/int8.hpp"

namespace cut::cpu {

bool haveInt8() noexcept {
  return false;
}

Microkernel<std::uint8_t> int8Microkernel() noexcept {
  return {};
}

}  // namespace cut::cpu
