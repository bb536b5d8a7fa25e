// What must hold of a model whether it was just read or is about to be written.
#pragma once

#include "cuttranslate/model_file.hpp"

namespace cut {

// The spec's ranges, exactly its tensors, int8 ranges and a sample of fitting shapes; all but the tensors'
// elements. Throws invalidArgument or wrongFile.
void checkModelOutlines(const ModelFile& model);

// The same, and that constant filters and int8 ranges hold usable numbers.
void checkModel(const ModelFile& model);

}  // namespace cut
