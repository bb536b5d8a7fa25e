// What must hold of a model whether it was just read or is about to be written.
#pragma once

#include "cut/model_file.hpp"

namespace cut {

// The spec's ranges, exactly its tensors, int8 ranges and a sample of fitting shapes. Throws invalidArgument
// or wrongFile.
void checkModel(const ModelFile& model);

}  // namespace cut
