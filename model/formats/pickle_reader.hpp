// SPDX-License-Identifier: MIT
// Reads a pickle without executing anything: interprets the opcodes and the few classes and functions that
// torch.save uses for tensors, lists, dicts, numbers and strings.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "formats/pickle_tree.hpp"

namespace cut {

inline constexpr std::size_t maxPickleBytes = 16 << 20;

// Protocols 2 to 5. Throws wrongFile for bytes that are not a pickle, for an unknown opcode, for tensors
// outside their storage, and beyond the limits on length, opcodes, values and depth.
PickleTree readPickle(std::vector<std::byte> bytes);

// Reads the pickle at the start of `bytes`; `length` becomes its length. The tree's strings point into
// `bytes`.
PickleTree readLeadingPickle(std::span<const std::byte> bytes, std::size_t& length);

}  // namespace cut
