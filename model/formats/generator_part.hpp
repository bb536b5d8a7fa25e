// The generator among the tensors of a state_dict that holds more, or that names it from further out.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cuttranslate/error.hpp"
#include "cuttranslate/spec.hpp"
#include "cuttranslate/tensor.hpp"

namespace cut {

// Where in a state_dict a generator is.
struct GeneratorFit {
  std::string prefix;      // of its tensors' names, with the last dot; empty: all tensors are its
  std::string key;         // "netG": what people call that; empty: nothing stood before its names
  bool isAverage = false;  // as AveragedModel of torch.optim.swa_utils keeps one
};

// Judges by names, types and shapes; elements may be missing, and constant filters are not compared.
class GeneratorSearch {
 public:
  // All tensors, where they are a generator; else those under every prefix ("netG.", "module.generator.",
  // whichever) under which there is one, as Lightning saves them.
  struct Result {
    std::vector<GeneratorFit> fits;
    std::optional<Error> misfit;  // where there is none: why
  };

  // Throws wrongFile when the state_dicts that one search looked through were too many or too large.
  Result in(const StateDict& outlines);

 private:
  void look(std::size_t tensors);

  std::size_t looks_ = 0;
};

struct GeneratorPart {
  GeneratorSpec spec;
  std::vector<std::pair<std::string, std::size_t>>
      tensors;  // the reference's name, and which of the outlines
};

GeneratorPart partOf(const StateDict& outlines, const GeneratorFit& fit);

// The tensors' names end as that of a tensor ends which every generator of some architecture has, and no
// other part of a network there.
bool mayBeOfGenerator(std::string_view name) noexcept;

}  // namespace cut
