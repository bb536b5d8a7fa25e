// A TorchScript program as a network: what it computes is its own affair, its input and output are checked.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <functional>
#include <span>

#include "cuttranslate/spec.hpp"

namespace cut::torch_engine {

struct Script {
  GeneratorSpec spec;                                    // with the channels that it takes and gives
  std::function<at::Tensor(const at::Tensor&)> forward;  // (1, C, H, W) to the same size, or an Error
};

// Executes code from the file. Tries it on frames of three channels, of one, of four and of two. Throws
// wrongFile where it is no such program.
Script loadScript(std::span<const std::byte> program, at::Device device, at::ScalarType type);

}  // namespace cut::torch_engine
