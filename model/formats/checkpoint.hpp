// SPDX-License-Identifier: MIT
// Finds the generator in a file of torch.save: a state_dict or a checkpoint that holds one.
#pragma once

#include <string>
#include <vector>

#include "formats/generator_search.hpp"
#include "formats/pickle_tree.hpp"

namespace cut {

struct FoundGenerator {
  const PickleDict* dict = nullptr;
  GeneratorTensors generator;  // indices are those of the dict's entries
  std::string key;             // "model", "state_dict.netG"; empty where the file is the generator
  std::string info;            // for users: which of several was taken; may be empty
};

// Searches all dicts down to three levels of dicts, lists or tuples below the root, and the prefixes of their
// names; of several generators it takes the preferred one of checkpoint_keys.hpp. Everything else in the file
// is ignored. Throws wrongFile that says what there is instead, or names the generators to choose from.
FoundGenerator findGenerator(const PickleTree& tree);

}  // namespace cut
