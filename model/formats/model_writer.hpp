// The bytes of model files, for those who do not write them to a path.
#pragma once

#include <cstddef>
#include <vector>

#include "cuttranslate/model_file.hpp"

namespace cut {

// The same model gives the same bytes. Throws what writeModelFile throws for a model that does not hold
// together.
std::vector<std::byte> modelFileBytes(const ModelFile& model);

std::vector<std::byte> stateDictBytes(const StateDict& weights);

std::vector<std::byte> safetensorsBytes(const ModelFile& model);

}  // namespace cut
