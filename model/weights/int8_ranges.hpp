// The ranges of layers that a model file holds for precision int8.
#pragma once

#include "cut/model_file.hpp"

namespace cut {

// Nothing, or of some or all layers what expectedRanges(spec) has, each a usable number. Throws wrongFile
// naming the tensor.
void checkRanges(const GeneratorSpec& spec, const StateDict& ranges);

}  // namespace cut
