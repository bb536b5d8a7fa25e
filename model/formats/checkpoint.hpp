// Finding the generator in what people save: a state_dict, or a checkpoint that holds it.
#pragma once

#include <string>
#include <vector>

#include "formats/generator_part.hpp"
#include "formats/pickle_tree.hpp"

namespace cut {

struct FoundGenerator {
  const PickleDict* dict = nullptr;
  GeneratorPart part;  // its tensors' numbers are those of the dict's entries
  std::string key;     // "model", "state_dict.netG"; empty where the file is the generator
  std::string info;    // for people: which of several was taken; may be empty
};

// Of all dicts down to three dicts, lists or tuples below the root, and of what stands under a prefix in
// them, what makes a generator; of several the first by rankOfPath(). What else is there, of whatever kind,
// is left alone. Throws wrongFile, saying what there is instead, or naming the generators to choose from.
FoundGenerator findGenerator(const PickleTree& tree);

}  // namespace cut
