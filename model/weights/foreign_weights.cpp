#include "weights/foreign_weights.hpp"

#include <array>
#include <string_view>

#include "weights/known_formats.hpp"
#include "weights/text.hpp"

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

struct Advice {
  std::string_view module;  // that of the class begins so
  std::string_view text;
};

constexpr std::array advices{
    Advice{"torch.distributed",
           "; gather it before it is saved: {name: tensor.full_tensor() for name, tensor "
           "in netG.state_dict().items()}"},
    Advice{"torchao", "; save the network from before it was quantised, or its tensors' dequantize()"},
    Advice{"torch.float8", "; save it as float32: netG.float().state_dict()"},
    Advice{"torch.Q", "; save the network from before it was quantised, or its tensors' dequantize()"},
    Advice{"numpy", "; save tensors: {name: torch.from_numpy(array) for name, array in weights.items()}"},
    Advice{"torch._utils._rebuild_sparse", "; save its to_dense()"},
    Advice{"torch._utils._rebuild_meta",
           "; it is on the device 'meta', where tensors have no elements: save "
           "those of a network that was loaded"},
};

}  // namespace

std::optional<std::string> parametrisationIn(const StateDict& outlines) {
  for (const Parametrisation& kind : parametrisations)
    for (const auto& [name, tensor] : outlines)
      if (isMarked(name, kind.mark))
        return "holds '" + printable(name) + "', which " + std::string(kind.name) + " left: call " +
               std::string(kind.remove) + " for each module that has it, and save the state_dict again";
  return std::nullopt;
}

std::string adviceOn(const PickleOpaque& type) {
  const std::string name =
      std::string(type.module.substr(0, 100)) + "." + std::string(type.name.substr(0, 100));
  for (const Advice& advice : advices)
    if (name.starts_with(advice.module)) return std::string(advice.text);
  return std::string(saveAgain);
}

}  // namespace cut
