// A generator as an ONNX model.
#pragma once

#include <cstddef>
#include <vector>

#include "cuttranslate/model_file.hpp"

namespace cut {

// "input" (batch, channels, height, width) in [-1, 1] of any size to "output" of the same size; opset 17. The
// weights are in it as float32, licence, attribution and origin in its properties. The same model gives the
// same bytes. Throws what writeModelFile throws, and unsupported for a torchscript.
std::vector<std::byte> onnxBytes(const ModelFile& model);

}  // namespace cut
