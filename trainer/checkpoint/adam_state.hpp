// What Adam remembers of each parameter, as named tensors.
#pragma once

#include <torch/optim/adam.h>

#include <string>

#include "cuttranslate/tensor.hpp"

namespace cut::trainer {

// "<prefix>.<i>.exp_avg", ".exp_avg_sq" and ".step" for the i-th parameter; nothing for one that had no step
// yet.
void appendAdam(StateDict& state, const std::string& prefix, torch::optim::Adam& optimizer);

// The inverse. Throws wrongFile where a tensor has another shape than its parameter, or one of the three is
// missing.
void restoreAdam(const StateDict& state, const std::string& prefix, torch::optim::Adam& optimizer);

}  // namespace cut::trainer
