// SPDX-License-Identifier: MIT
// Initial weights for training.
#pragma once

#include <ATen/core/Generator.h>
#include <torch/nn/module.h>

#include "nets/training_enums.hpp"

namespace cut::nets {

// Weights of convolutions and linear layers by `kind`, their biases 0; weights of batch norms N(1, gain^2),
// as the reference does. Drawn on the CPU, so that a seed means the same on every device.
void initialise(torch::nn::Module& module, Initialisation kind, double gain, at::Generator& random);

}  // namespace cut::nets
