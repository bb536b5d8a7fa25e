// What the names in a pickle stand for: a fixed list of those that torch.save writes for tensors.
#pragma once

#include <string_view>

#include "formats/pickle_tree.hpp"

namespace cut {

// A PickleGlobal, or a PickleOpaque where `module.name` is not on the list. Borrows the texts.
PickleNode nodeOfName(std::string_view module, std::string_view name);

// Of a storage class that is not on the list: of unknown width, and of no tensor.
const ElementType& unknownElements() noexcept;

}  // namespace cut
