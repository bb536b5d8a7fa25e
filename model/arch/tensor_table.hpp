// The tensors of a state_dict by name, and how they differ from what a generator has.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cuttranslate/spec.hpp"
#include "cuttranslate/tensor.hpp"

namespace cut {

// Borrows the state_dict. Throws wrongFile where a name comes twice.
class TensorTable {
 public:
  explicit TensorTable(const StateDict& weights);

  const Tensor* find(std::string_view name) const;
  const StateDict& weights() const noexcept { return weights_; }

 private:
  const StateDict& weights_;
  std::map<std::string_view, const Tensor*> byName_;  // no hashes: a file could hold names that share one
};

// How many of the expected tensors are there with their shape.
std::size_t countMatches(const std::vector<TensorInfo>& expected, const TensorTable& table);

// A sentence's part about the first tensor that is missing, of another shape or type, or unexpected;
// `network` names what the tensors are compared with. Where one is missing, the first unexpected one is
// named, too.
std::optional<std::string> firstMisfit(const std::vector<TensorInfo>& expected, const TensorTable& table,
                                       const std::string& network);

}  // namespace cut
