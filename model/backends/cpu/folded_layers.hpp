// SPDX-License-Identifier: MIT
// The convolutions of a generator in the order of its forward pass, with batch norm folded into them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cuttranslate/model_file.hpp"

namespace cut::cpu {

struct FoldedLayer {
  std::string name;  // of the convolution in the model
  std::int64_t outputs = 0;
  std::int64_t inputs = 0;
  std::int64_t side = 0;      // of the kernel
  bool transposed = false;    // the weights are (inputs, outputs, side, side)
  std::vector<float> weight;  // (outputs, inputs, side, side)
  std::vector<float> bias;    // (outputs), zeros where the layer has none

  float at(std::int64_t out, std::int64_t in, std::int64_t row, std::int64_t column) const {
    const std::int64_t pair = transposed ? in * outputs + out : out * inputs + in;
    return weight[static_cast<std::size_t>((pair * side + row) * side + column)];
  }
};

// The values of a tensor of the weights. Throws wrongFile where there is none.
std::vector<float> valuesOf(const ModelFile& model, const std::string& name);

// For ResNets and U-Nets. Visits one layer after the other, so that one at a time is in memory.
void forEachFoldedLayer(const ModelFile& model, const std::function<void(const FoldedLayer&)>& visit);

}  // namespace cut::cpu
