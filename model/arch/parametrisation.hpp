// Tensors that PyTorch computes a weight from: weight norm, spectral norm, pruning. They are refused with the
// call that removes the parametrisation.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cuttranslate/tensor.hpp"

namespace cut {

// What a network of another kind than ours can come as, as a sentence's end.
inline constexpr std::string_view asTorchScript =
    "; a network of another kind can come as TorchScript: in Python, `program = torch.jit.trace(netG.eval(), "
    "torch.zeros(1, 3, 256, 256))` and `program.save(\"netG.pt\")` make a file for allow-code=true "
    "(cut-model inspect --allow-code) of a netG that keeps the size, of numbers in [-1, 1]";

// Where names tell of weight norm, spectral norm, another parametrisation or pruning: the first such tensor,
// and how to remove what is left of it.
std::optional<std::string> parametrisationIn(const StateDict& outlines);

}  // namespace cut
