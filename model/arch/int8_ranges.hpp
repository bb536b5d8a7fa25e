// The ranges of layers that a model file holds for precision int8.
#pragma once

#include "cuttranslate/model_file.hpp"

namespace cut {

// Nothing, or of some or all layers tensors as expectedRanges(spec) has them. Throws wrongFile naming the
// tensor.
void checkRangesOutlines(const GeneratorSpec& spec, const StateDict& ranges);

// Throws wrongFile naming a tensor that holds a number which is not usable.
void checkRangesValues(const StateDict& ranges);

}  // namespace cut
