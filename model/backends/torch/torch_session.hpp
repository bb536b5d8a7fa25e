// SPDX-License-Identifier: MIT
// Frames of one size through a TorchNetwork.
#pragma once

#include <ATen/core/Tensor.h>

#include "backends/torch/torch_network.hpp"
#include "kernels/image/pixels.hpp"

namespace cut::torch_engine {

class TorchSession final : public Session {
 public:
  TorchSession(TorchNetwork& network, Size size);
  ~TorchSession() override;
  TorchSession(const TorchSession&) = delete;
  TorchSession& operator=(const TorchSession&) = delete;

  Result<Done> warmUp() noexcept override;
  Result<Translated> translate(const ImageView& in, const MutableImageView& out) noexcept override;
  Result<Translated> translate(const YuvView& in, const MutableYuvView& out) noexcept override;
  Result<Done> translate(std::span<const float> in, std::span<float> out) noexcept override;

 private:
  TorchNetwork& network_;
  Size size_;
  Size padded_;
  at::Tensor input_;  // (1, C, padded H, padded W), channels-last, on the host
};

}  // namespace cut::torch_engine
