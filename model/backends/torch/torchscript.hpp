// SPDX-License-Identifier: MIT
// A TorchScript program as a network. Its output's rank, sides and type are checked on every frame.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <functional>
#include <span>

#include "cuttranslate/spec.hpp"

namespace cut::torch_engine {

struct TorchScript {
  GeneratorSpec spec;                                    // only the channels are known
  std::function<at::Tensor(const at::Tensor&)> forward;  // (1, C, H, W) to (1, C', H, W); throws wrongFile
};

// Executes code from the file. Probes the channels that it takes with zero frames of 3, 1, 4 and 2 channels.
// Throws wrongFile where it takes none of these or its output has another size.
TorchScript loadTorchScript(std::span<const std::byte> program, at::Device device, at::ScalarType type);

}  // namespace cut::torch_engine
