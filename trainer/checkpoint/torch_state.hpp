// SPDX-License-Identifier: MIT
// state_dicts of networks and optimisers, as the named tensors of a checkpoint.
#pragma once

#include <torch/nn/module.h>
#include <torch/optim/adam.h>

#include <string>
#include <string_view>

#include "cuttranslate/tensor.hpp"

namespace cut::trainer {

// Without the "module." that the reference's DataParallel puts before every name when it runs on a CPU.
StateDict plainNames(StateDict weights);

// Parameters and buffers, under their names with `prefix` in front.
void appendModule(StateDict& state, std::string_view prefix, const torch::nn::Module& module);

// The inverse. Throws wrongFile where a tensor is not the network's, or one is missing.
void restoreModule(const StateDict& state, std::string_view prefix, torch::nn::Module& module);

// "<prefix>.<i>.exp_avg", ".exp_avg_sq" and ".step" for the i-th parameter; nothing for one that had no step
// yet.
void appendAdam(StateDict& state, const std::string& prefix, torch::optim::Adam& optimizer);

// The inverse. Throws wrongFile where a tensor has another shape than its parameter, or one of the three is
// missing.
void restoreAdam(const StateDict& state, const std::string& prefix, torch::optim::Adam& optimizer);

}  // namespace cut::trainer
