// Reading a pickle without executing anything: an interpreter of the few opcodes and the handful of names
// that torch.save uses for tensors, lists, dicts, numbers and texts.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "formats/pickle_tree.hpp"

namespace cut {

inline constexpr std::size_t mostPickleBytes = 16 << 20;

// Protocols 2 to 5. Throws wrongFile: for a name or an opcode that is not on the list (naming it), for bytes
// that are no pickle, for tensors outside their storage, and beyond the limits on length, opcodes and depth.
PickleTree readPickle(std::vector<std::byte> bytes);

// The pickle at the start of `bytes`, which more may follow; `length` becomes its own. The tree's texts point
// into `bytes`.
PickleTree readLeadingPickle(std::span<const std::byte> bytes, std::size_t& length);

}  // namespace cut
