// A generator on one of LibTorch's devices.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "engine/module.hpp"
#include "nets/resnet_generator.hpp"

namespace cut::torch_engine {

class TorchNetwork final : public Network {
 public:
  TorchNetwork(const ModelFile& model, const EngineOptions& options);

  const ActiveEngine& active() const noexcept override { return active_; }
  Result<std::unique_ptr<Session>> makeSession(Size size) noexcept override;

  // (1, C, H, W) float32 on the host, in and out; padded to what the network takes.
  at::Tensor run(const at::Tensor& input);

  const GeneratorSpec& spec() const noexcept { return generator_->spec(); }

 private:
  std::shared_ptr<nets::ResnetGenerator> generator_;
  at::Device device_;
  at::ScalarType type_;
  ActiveEngine active_;
};

}  // namespace cut::torch_engine
