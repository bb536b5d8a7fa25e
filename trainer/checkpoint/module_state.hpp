// A network's parameters and buffers among the tensors of a checkpoint.
#pragma once

#include <torch/nn/module.h>

#include <string_view>

#include "cuttranslate/tensor.hpp"

namespace cut::trainer {

// Under their names with `prefix` in front.
void appendModule(StateDict& state, std::string_view prefix, const torch::nn::Module& module);

// The inverse. Throws wrongFile where a tensor is not the network's, or one is missing.
void restoreModule(const StateDict& state, std::string_view prefix, torch::nn::Module& module);

}  // namespace cut::trainer
