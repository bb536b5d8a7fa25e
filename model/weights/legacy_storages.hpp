// PyTorch's format from before 1.6, which is no zip: five pickles (a magic number, the protocol's version,
// the writer's machine, the structure, the storages' keys), then each storage as its length and its elements.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "weights/tensor_storages.hpp"

namespace cut {

// It begins with the pickle of the magic number.
bool isLegacyFormat(std::span<const std::byte> head) noexcept;

// Throws wrongFile. The second borrows the bytes.
OpenedPickle openLegacyFormat(std::vector<std::byte> bytes);
OpenedPickle openLegacyFormat(std::span<const std::byte> bytes);

}  // namespace cut
