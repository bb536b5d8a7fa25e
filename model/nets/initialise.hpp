// Initial weights for training.
#pragma once

#include <ATen/core/Generator.h>
#include <torch/nn/module.h>

#include <string_view>

namespace cut::nets {

// xavier: Glorot and Bengio 2010, normal; normal: N(0, gain^2); kaiming: He et al. 2015, fan in, without
// gain; orthogonal: Saxe et al. 2014.
enum class Initialisation { xavier, normal, kaiming, orthogonal };

std::string_view nameOf(Initialisation kind) noexcept;
Initialisation initialisationFromName(std::string_view name);  // throws invalidArgument

// Weights of convolutions and linear layers by `kind`, their biases 0; weights of batch norms N(1, gain^2),
// as the reference does. Drawn on the CPU, so that a seed means the same on every device.
void initialise(torch::nn::Module& module, Initialisation kind, double gain, at::Generator& random);

}  // namespace cut::nets
