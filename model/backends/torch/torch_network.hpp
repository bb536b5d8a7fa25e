// SPDX-License-Identifier: MIT
// A generator on one of LibTorch's devices.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>

#include "runtime/module.hpp"

namespace cut::torch_engine {

class TorchNetwork final : public Network {
 public:
  TorchNetwork(const ModelFile& model, const EngineOptions& options);

  const ActiveEngine& active() const noexcept override { return active_; }
  Result<std::unique_ptr<Session>> makeSession(Size size) noexcept override;

  // (1, C, H, W) float32 on the host, in and out; sides are multiples of spec().sizeMultiple().
  at::Tensor run(const at::Tensor& input);

  const GeneratorSpec* probedSpec() const noexcept override { return &spec_; }
  const GeneratorSpec& spec() const noexcept { return spec_; }

 private:
  void build(const ModelFile& model);

  GeneratorSpec spec_;
  std::function<at::Tensor(const at::Tensor&)> forward_;  // on the device
  at::Device device_;
  at::ScalarType type_;
  ActiveEngine active_;
};

}  // namespace cut::torch_engine
