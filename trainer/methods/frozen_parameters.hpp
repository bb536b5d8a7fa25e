// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <vector>

namespace cut::trainer {

// While one lives, autograd records no gradients of a module: the reference's set_requires_grad(False).
class FrozenParameters {
 public:
  explicit FrozenParameters(torch::nn::Module& module) : parameters_(module.parameters()) { set(false); }
  ~FrozenParameters() { set(true); }
  FrozenParameters(const FrozenParameters&) = delete;
  FrozenParameters& operator=(const FrozenParameters&) = delete;

 private:
  void set(bool requiresGrad) {
    for (auto& parameter : parameters_) parameter.set_requires_grad(requiresGrad);
  }
  std::vector<at::Tensor> parameters_;
};

}  // namespace cut::trainer
