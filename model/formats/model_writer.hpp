// SPDX-License-Identifier: MIT
// Model files in memory.
#pragma once

#include <cstddef>
#include <vector>

#include "cuttranslate/model_file.hpp"

namespace cut {

// The same model gives the same bytes. All throw invalidArgument or wrongFile for a model whose parts do not
// fit together; see checkModel().
std::vector<std::byte> modelFileBytes(const ModelFile& model);

std::vector<std::byte> stateDictBytes(const StateDict& weights);

std::vector<std::byte> safetensorsBytes(const ModelFile& model);

// "input" (batch, channels, height, width) in [-1, 1] of any size to "output" of the same size; opset 17.
// Weights are float32; licence, attribution and origin are in the metadata. Throws unsupported for
// TorchScript and beyond the 2 GiB of the format.
std::vector<std::byte> onnxBytes(const ModelFile& model);

}  // namespace cut
