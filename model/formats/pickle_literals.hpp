// The numbers, texts and bytes of a pickle.
#pragma once

#include <cstdint>
#include <optional>

#include "formats/pickle_cursor.hpp"
#include "formats/pickle_tree.hpp"

namespace cut {

// What the opcode pushes, read behind it; nothing for another kind of opcode. Throws TruncatedPickle.
std::optional<PickleNode> literalOf(std::uint8_t code, PickleCursor& cursor);

}  // namespace cut
