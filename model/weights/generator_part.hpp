// The generator among the tensors of a state_dict that holds more, or that names it from further out.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "cut/spec.hpp"
#include "cut/tensor.hpp"

namespace cut {

struct GeneratorPart {
  GeneratorSpec spec;
  std::string prefix;  // "netG": what stood before its names; empty: nothing
  std::vector<std::pair<std::string, std::size_t>>
      tensors;  // the reference's name, and which of the outlines
};

// Told from names, types and shapes; elements may be missing, and constant filters are not compared. All
// tensors, where they are a generator; else those under the one prefix ("netG.", "module.generator.",
// whichever) under which there is one, as Lightning saves them. Of several the one is taken that comes first
// in the list of known keys. Throws wrongFile: as inferSpec() does, or naming the prefixes to choose from.
GeneratorPart findGenerator(const StateDict& outlines);

}  // namespace cut
