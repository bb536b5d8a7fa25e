// SPDX-License-Identifier: MIT
// Checks of the activation ranges for precision int8 that a model file holds.
#pragma once

#include "cuttranslate/model_file.hpp"

namespace cut {

// The ranges may be missing for all or some layers; those that are there must be as expectedRanges(spec)
// says. Looks at names, types and shapes only. Throws wrongFile naming the tensor.
void checkRangesMeta(const GeneratorSpec& spec, const StateDict& ranges);

// Throws wrongFile naming a tensor with a value outside 1e-15 to 1e15.
void checkRangesValues(const StateDict& ranges);

}  // namespace cut
