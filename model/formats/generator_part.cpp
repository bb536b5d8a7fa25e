#include "formats/generator_part.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "arch/infer_spec.hpp"
#include "base/text.hpp"
#include "formats/state_dict_names.hpp"

namespace cut {
namespace {

constexpr std::size_t mostPrefixes = 64;
constexpr std::size_t mostLooks = 100'000;  // at tensors under a prefix; what is under many counts at each
constexpr std::size_t leastLooks = 1000;    // what comparing with every network costs, however few they are

// One tensor of each architecture that no other part of a network has there.
constexpr std::array<std::string_view, 3> anchors{"model.1.weight", "model.model.0.weight",
                                                  "encoder.convs.1.0.weight"};

bool isAnchor(std::string_view name) {
  return std::find(anchors.begin(), anchors.end(), name) != anchors.end();
}

// With their last dot. Layers within a U-Net look like a ResNet's: which one it is, the fit tells.
std::set<std::string> possiblePrefixes(const StateDict& outlines) {
  std::set<std::string> prefixes;
  for (const auto& [name, tensor] : outlines)
    for (const std::string_view anchor : anchors)
      if (name.size() > anchor.size() + 1 && name.ends_with(anchor) &&
          name[name.size() - anchor.size() - 1] == '.' && prefixes.size() < mostPrefixes)
        prefixes.insert(name.substr(0, name.size() - anchor.size()));
  return prefixes;
}

// The tensors whose names begin with something, under what follows it.
struct Part {
  StateDict outlines;
  std::string front;  // what was taken away: the prefix, and what tidyNames() found behind it
};

Part partUnder(const StateDict& all, const std::string& prefix) {
  Part part{{}, prefix};
  for (const auto& [name, tensor] : all)
    if (name.starts_with(prefix))
      part.outlines.emplace_back(name.substr(prefix.size()), Tensor{tensor.dtype, tensor.shape, {}});
  part.front += tidyNames(part.outlines);
  return part;
}

// Without what torch.compile and DataParallel put behind a name.
std::string keyOf(std::string_view prefix) {
  std::string_view key = prefix.substr(0, prefix.size() - 1);
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view wrapper : {"_orig_mod", "module"}) {
      if (key != wrapper && !(key.ends_with(wrapper) && key[key.size() - wrapper.size() - 1] == '.'))
        continue;
      key.remove_suffix(std::min(key.size(), wrapper.size() + 1));
      again = true;
    }
  }
  return std::string(key);
}

// AveragedModel keeps the network as its "module", which may be a DataParallel, and a count beside it.
bool isAveraged(const StateDict& outlines, std::string_view prefix) {
  constexpr std::string_view module = "module.";
  while (prefix.ends_with(module)) {
    prefix.remove_suffix(module.size());
    const std::string count = std::string(prefix) + "n_averaged";
    if (std::any_of(outlines.begin(), outlines.end(),
                    [&](const auto& entry) { return entry.first == count; }))
      return true;
  }
  return false;
}

std::size_t countUnder(const StateDict& outlines, const std::string& prefix) {
  return static_cast<std::size_t>(std::count_if(
      outlines.begin(), outlines.end(), [&](const auto& entry) { return entry.first.starts_with(prefix); }));
}

std::optional<Error> misfitOf(const StateDict& outlines) {
  try {
    inferSpecFromMeta(outlines);
    return std::nullopt;
  } catch (const Error& error) {
    return error;
  }
}

struct Parametrisation {
  std::string_view part;  // of a tensor's name: its end, or anything in it where it ends in a dot
  std::string_view name;
  std::string_view remove;  // the call that removes it
};

// Tensors from which PyTorch computes a weight. The order matters: pruning and spectral norm both have a
// weight_orig.
constexpr std::array parametrisations{
    Parametrisation{".weight_mask", "pruning", "torch.nn.utils.prune.remove(module, \"weight\")"},
    Parametrisation{".weight_u", "spectral norm", "torch.nn.utils.remove_spectral_norm(module)"},
    Parametrisation{".weight_g", "weight norm", "torch.nn.utils.remove_weight_norm(module)"},
    Parametrisation{".parametrizations.", "a parametrisation such as weight or spectral norm",
                    "torch.nn.utils.parametrize.remove_parametrizations(module, \"weight\")"},
};

bool hasPart(std::string_view name, std::string_view part) {
  return part.back() == '.' ? name.find(part) != std::string_view::npos : name.ends_with(part);
}

// The first tensor of such a parametrisation and how to remove it, as a part of a sentence.
std::optional<std::string> parametrisationIn(const StateDict& meta) {
  for (const Parametrisation& kind : parametrisations)
    for (const auto& [name, tensor] : meta)
      if (hasPart(name, kind.part))
        return "holds '" + printable(name) + "', which belongs to " + std::string(kind.name) + ": call " +
               std::string(kind.remove) + " for each module that has it, and save the state_dict again";
  return std::nullopt;
}

}  // namespace

bool mayBeOfGenerator(std::string_view name) noexcept {
  return std::any_of(anchors.begin(), anchors.end(), [name](std::string_view anchor) {
    return name.ends_with(anchor) &&
           (name.size() == anchor.size() || name[name.size() - anchor.size() - 1] == '.');
  });
}

void GeneratorSearch::look(std::size_t tensors) {
  looks_ += std::max(tensors, leastLooks);
  if (looks_ > mostLooks)
    throw Error(ErrorKind::wrongFile, "has more than " + std::to_string(mostLooks) +
                                          " tensors under names that a generator may have in front, counted "
                                          "under each; expected a state_dict: save the generator's alone");
}

GeneratorSearch::Result GeneratorSearch::in(const StateDict& outlines) {
  look(outlines.size());
  const Part whole = partUnder(outlines, "");
  Result result{{}, misfitOf(whole.outlines)};
  if (!result.misfit) return {{{"", "", false}}, std::nullopt};
  std::optional<Error> nearest;  // of what is nearly a generator further in
  for (const std::string& prefix : possiblePrefixes(whole.outlines)) {
    look(countUnder(whole.outlines, prefix));
    const auto misfit = misfitOf(partUnder(whole.outlines, prefix).outlines);
    if (!misfit)
      result.fits.push_back({whole.front + prefix, keyOf(prefix), isAveraged(whole.outlines, prefix)});
    else if (!nearest)
      nearest = Error(ErrorKind::wrongFile, "under '" + printable(keyOf(prefix)) + "' " + misfit->what());
  }
  if (!result.fits.empty()) return {std::move(result.fits), std::nullopt};
  const bool isNearlyWhole = std::any_of(whole.outlines.begin(), whole.outlines.end(),
                                         [](const auto& entry) { return isAnchor(entry.first); });
  const bool hasAnchor = nearest || isNearlyWhole;
  if (nearest && !isNearlyWhole) result.misfit = nearest;
  if (const auto text = parametrisationIn(whole.outlines))
    result.misfit =
        Error(ErrorKind::wrongFile, hasAnchor ? result.misfit->what() + ("; it " + *text) : *text);
  return result;
}

// Which of all tensors those of the part are; their order is the same.
GeneratorPart partOf(const StateDict& outlines, const GeneratorFit& fit) {
  const Part part = partUnder(outlines, fit.prefix);
  GeneratorPart found{inferSpecFromMeta(part.outlines), {}};
  std::size_t index = 0;
  for (const auto& [name, tensor] : part.outlines) {
    const std::string whole = part.front + name;
    while (outlines[index].first != whole) ++index;
    found.tensors.emplace_back(name, index++);
  }
  return found;
}

}  // namespace cut
