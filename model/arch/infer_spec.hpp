// Judging the tensors of a state_dict by their outlines: names, types and shapes. A file's elements need not
// be read for that.
#pragma once

#include "cuttranslate/spec.hpp"
#include "cuttranslate/tensor.hpp"

namespace cut {

// As inferSpec() and checkWeights(), but for the constant filters.
GeneratorSpec inferSpecOfOutlines(const StateDict& outlines);
void checkOutlines(const GeneratorSpec& spec, const StateDict& outlines);

// Throws wrongFile where a constant filter that is there is not the reference's. The outlines must be known
// to fit.
void checkFilters(const GeneratorSpec& spec, const StateDict& weights);

}  // namespace cut
