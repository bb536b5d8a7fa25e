// PyTorch's format from before 1.6, which is no zip: five pickles (a magic number, the protocol's version,
// the writer's machine, the structure, the storages' keys), then each storage as its length and its elements.
#pragma once

#include <cstddef>
#include <span>

#include "base/byte_reader.hpp"
#include "formats/tensor_storages.hpp"

namespace cut {

// It begins with the pickle of the magic number.
bool isLegacyFormat(std::span<const std::byte> head) noexcept;

// Throws wrongFile. Reads the pickles, each within the limit on its length, and of the storages where they
// are; their elements when they are asked for.
OpenedPickle openLegacyFormat(ByteReader reader);

}  // namespace cut
