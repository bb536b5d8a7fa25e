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

// For layers with equalized learning rate (nets/stylegan_blocks.hpp): weights N(0, 1), biases and the
// strength of injected noise 0, as the reference does whatever its --init_type. Drawn on the CPU.
void initialiseEqualized(torch::nn::Module& module, at::Generator& random);

}  // namespace cut::nets
