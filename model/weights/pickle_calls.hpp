// What the names in a pickle stand for: looked up in a fixed list and carried out as data, never called.
#pragma once

#include <string_view>
#include <vector>

#include "weights/pickle_tree.hpp"

namespace cut {

// Throws wrongFile naming `module.name` where it is not on the list.
PickleGlobal globalFromName(std::string_view module, std::string_view name);

// A tuple ('storage', type, key, location, elements), in the older format with None behind it. Throws
// wrongFile where it is anything else.
PickleStorage storageFromId(const PickleTree& tree, NodeId id);

// What calling `function` with the tuple `arguments` gives: a node, added to the tree where it is new.
NodeId reduceCall(PickleTree& tree, NodeId function, NodeId arguments);

}  // namespace cut
