// What a state_dict carries besides the reference's tensors under the reference's names.
#pragma once

#include "cut/tensor.hpp"

namespace cut {

// Takes away the name of a DataParallel wrapper where all tensors have it, and the statistics that instance
// norms kept before PyTorch 0.4: they were never used for a picture.
void tidyNames(StateDict& weights);

}  // namespace cut
