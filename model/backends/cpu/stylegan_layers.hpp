// SPDX-License-Identifier: MIT
// The convolutions of a StyleGAN2 generator in the order of its forward pass, with the scale of the equalized
// learning rate and the demodulation folded into their weights.
#pragma once

#include <functional>

#include "backends/cpu/folded_layers.hpp"
#include "cuttranslate/model_file.hpp"

namespace cut::cpu {

struct StyleLayer {
  FoldedLayer convolution;  // never `transposed`: modulated ones are (outputs, inputs, side, side) too
  bool activated = false;   // by the biased leaky ReLU, whose gain is not folded
  float noiseWeight = 0;    // 0 where the network injects none
};

// Visits one layer after the other, so that one at a time is in memory.
void forEachStyleLayer(const ModelFile& model, const std::function<void(const StyleLayer&)>& visit);

}  // namespace cut::cpu
