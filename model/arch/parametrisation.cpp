#include "arch/parametrisation.hpp"

#include <array>
#include <string_view>

#include "base/text.hpp"

namespace cut {
namespace {

struct Parametrisation {
  std::string_view mark;  // in the name of a tensor
  std::string_view name;
  std::string_view remove;
};

// The first that is there: pruning and spectral norm both keep a weight_orig.
constexpr std::array parametrisations{
    Parametrisation{".weight_mask", "pruning", "torch.nn.utils.prune.remove(module, \"weight\")"},
    Parametrisation{".weight_u", "spectral norm", "torch.nn.utils.remove_spectral_norm(module)"},
    Parametrisation{".weight_g", "weight norm", "torch.nn.utils.remove_weight_norm(module)"},
    Parametrisation{".parametrizations.", "a parametrisation, such as weight or spectral norm,",
                    "torch.nn.utils.parametrize.remove_parametrizations(module, \"weight\")"},
};

bool isMarked(std::string_view name, std::string_view mark) {
  return mark.back() == '.' ? name.find(mark) != std::string_view::npos : name.ends_with(mark);
}

}  // namespace

std::optional<std::string> parametrisationIn(const StateDict& outlines) {
  for (const Parametrisation& kind : parametrisations)
    for (const auto& [name, tensor] : outlines)
      if (isMarked(name, kind.mark))
        return "holds '" + printable(name) + "', which " + std::string(kind.name) + " left: call " +
               std::string(kind.remove) + " for each module that has it, and save the state_dict again";
  return std::nullopt;
}

}  // namespace cut
