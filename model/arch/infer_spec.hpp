// SPDX-License-Identifier: MIT
// Which generator a state_dict is of. Names, types and shapes decide, so that a file's data need not be read
// for it: meta tensors here are tensors without data, as on PyTorch's device "meta".
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cuttranslate/spec.hpp"
#include "cuttranslate/tensor.hpp"

namespace cut {

// The end of an error message about a network that is none of ours: how it can be used all the same.
inline constexpr std::string_view torchScriptHint =
    "; a network of another kind can come as TorchScript: in Python, `program = torch.jit.trace(netG.eval(), "
    "torch.zeros(1, 3, 256, 256))` and `program.save(\"netG.pt\")` make a file for allow-code=true "
    "(cut-model inspect --allow-code) of a netG that keeps the size, of numbers in [-1, 1]";

// inferSpec() and checkWeights() without the comparison of the constant filters, which needs data.
GeneratorSpec inferSpecFromMeta(const StateDict& meta);
void checkMeta(const GeneratorSpec& spec, const StateDict& meta);

// Throws wrongFile where a constant filter in the file is not the reference's. checkMeta() must have passed.
void checkConstantFilters(const GeneratorSpec& spec, const StateDict& weights);

// Looks up the tensors of a state_dict by name. Borrows it; throws wrongFile where a name is not unique.
class TensorTable {
 public:
  explicit TensorTable(const StateDict& weights);

  const Tensor* find(std::string_view name) const;
  const StateDict& weights() const noexcept { return weights_; }

 private:
  const StateDict& weights_;
  // Not a hash table: a hostile file can hold names that all have the same hash.
  std::map<std::string_view, const Tensor*> byName_;
};

}  // namespace cut
