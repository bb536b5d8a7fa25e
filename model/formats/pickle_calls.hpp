// What a pickle calls, carried out as data: what makes tensors and dicts, by functions of ours; everything
// else becomes an opaque object. Nothing that a file names is executed.
#pragma once

#include "formats/pickle_tree.hpp"

namespace cut {

// The storage that ('storage', type, key, location, elements), in the older format with None behind it,
// stands for, or the class in ('module', class, ...). Throws wrongFile where it is anything else.
NodeId persistentObject(PickleTree& tree, NodeId id);

// What calling `function` with the tuple `arguments` gives: a node, added to the tree where it is new.
NodeId reduceCall(PickleTree& tree, NodeId function, NodeId arguments);

// Attributes of an OrderedDict (the _metadata of a state_dict) and of opaque objects are of no use here. A
// tensor whose elements a state would replace becomes opaque.
void setState(PickleTree& tree, NodeId object, NodeId state);

}  // namespace cut
