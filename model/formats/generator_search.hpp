// SPDX-License-Identifier: MIT
// Finds the generator among the tensors of a state_dict that may hold more or have prefixed names.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cuttranslate/error.hpp"
#include "cuttranslate/spec.hpp"
#include "cuttranslate/tensor.hpp"

namespace cut {

// Tensors of a state_dict that are a generator's.
struct GeneratorMatch {
  std::string prefix;       // of their names, with its last dot; empty where all tensors are the generator's
  std::string key;          // for users: the prefix without wrappers and the last dot, "netG"; may be empty
  bool isAveraged = false;  // saved by torch.optim.swa_utils.AveragedModel
};

// Works on meta tensors; constant filters are not compared.
class GeneratorSearch {
 public:
  struct Result {
    std::vector<GeneratorMatch> matches;
    std::optional<Error> mismatch;  // where there is no match: why
  };

  // All tensors, where they are a generator; otherwise the tensors under every prefix, such as "netG.", under
  // which there is one: PyTorch Lightning saves them so. Throws wrongFile when this search has compared too
  // many tensors, over all calls.
  Result find(const StateDict& meta);

 private:
  void countTensors(std::size_t count);

  std::size_t compared_ = 0;
};

struct GeneratorTensors {
  GeneratorSpec spec;
  std::vector<std::pair<std::string, std::size_t>>
      tensors;  // the reference's name, the index in the state_dict
};

GeneratorTensors tensorsOf(const StateDict& meta, const GeneratorMatch& match);

// The name is, perhaps behind a prefix, one that every generator of an architecture has and no discriminator.
bool isGeneratorName(std::string_view name) noexcept;

}  // namespace cut
