// The input and output with which a model file can be checked on another machine.
#pragma once

#include "cuttranslate/engine.hpp"
#include "cuttranslate/model_file.hpp"

namespace cut::tool {

// Runs the model on sampleInput. Throws what SharedModel::open and Stream throw.
Sample makeSample(const ModelFile& model, const EngineOptions& options);

}  // namespace cut::tool
