// SPDX-License-Identifier: MIT
// State dicts of torch modules from and to tensors of weight files.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include "cuttranslate/tensor.hpp"

namespace cut::nets {

at::Tensor toTorch(const Tensor& tensor);    // a copy, contiguous, on the CPU
Tensor fromTorch(const at::Tensor& tensor);  // a copy, whatever the device and layout

// Copies each tensor into the parameter or buffer of its name, converting to the module's type. Throws
// wrongFile for a name that the module does not have, another shape, or a parameter that is missing; buffers
// may be missing.
void loadStateDict(torch::nn::Module& module, const StateDict& weights);

// The names of a module's parameters and buffers in the order of Python's state_dict: of each module its own,
// then its children's.
std::vector<std::string> tensorNames(const torch::nn::Module& module, const std::string& prefix = "");

// Parameters and buffers of `names`' tensors, in that order (expectedTensors gives the reference's).
StateDict stateDict(const torch::nn::Module& module, const std::vector<std::string>& names);

}  // namespace cut::nets
