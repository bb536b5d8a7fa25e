// Finding the generator's state_dict in what people save: the dict itself, or a checkpoint that holds it.
#pragma once

#include <string>

#include "weights/pickle_tree.hpp"

namespace cut {

struct FoundStateDict {
  const PickleDict* dict = nullptr;
  std::string key;  // "model", "state_dict.netG"; empty where the file is the state_dict
};

// A dict of tensors: the root, or below it, under one of the names that programs give it ("netG",
// "state_dict", "model", ...), or the only one there is. Throws wrongFile, saying what there is instead.
FoundStateDict findStateDict(const PickleTree& tree, const PickleDict& root);

}  // namespace cut
