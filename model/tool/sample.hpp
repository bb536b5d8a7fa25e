// The input and output with which a model file can be checked on another machine.
#pragma once

#include "cut/engine.hpp"
#include "cut/model_file.hpp"

namespace cut::tool {

// (1, channels, 64, 64) in [-1, 1]: smooth waves, so that a generator sees something like a picture, and a
// little noise, so that no part of it stays idle. Always the same numbers.
Tensor sampleInput(int channels);

// Runs the model on sampleInput. Throws what SharedModel::open and Stream throw.
Sample makeSample(const ModelFile& model, const EngineOptions& options);

}  // namespace cut::tool
