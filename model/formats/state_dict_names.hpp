// What a state_dict carries besides the reference's tensors under the reference's names.
#pragma once

#include <string>

#include "cuttranslate/tensor.hpp"

namespace cut {

// Takes away the names of wrappers, "module." and "_orig_mod.", where all tensors have them, and the
// statistics that instance norms kept before PyTorch 0.4: they were never used for a picture. Returns what
// was taken from the front of every name.
std::string tidyNames(StateDict& weights);

}  // namespace cut
