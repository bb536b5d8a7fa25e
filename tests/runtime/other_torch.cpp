// SPDX-License-Identifier: MIT
// Looks like another version of libtorch_cpu.so to whoever asks.
#include <cstdint>

extern "C" __attribute__((visibility("default"))) std::uint64_t aoti_torch_abi_version() {
  return (std::uint64_t{2} << 56) | (std::uint64_t{1} << 48);
}
