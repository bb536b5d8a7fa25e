// The generator among the tensors of a state_dict that holds more, or that names it from further out.
#pragma once

#include <string>

#include "cut/spec.hpp"
#include "cut/tensor.hpp"

namespace cut {

struct GeneratorPart {
  StateDict weights;  // under the reference's names
  GeneratorSpec spec;
  std::string prefix;  // "netG": what stood before its names; empty: nothing
};

// All tensors, where they are a generator; else those under the one prefix ("netG.", "module.generator.",
// whichever) under which there is one, as Lightning saves them. Of several the one is taken that comes first
// in the list of known keys. Throws wrongFile: as inferSpec() does, or naming the prefixes to choose from.
GeneratorPart findGenerator(StateDict weights);

}  // namespace cut
