// SPDX-License-Identifier: MIT
#include "formats/generator_search.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "arch/infer_spec.hpp"
#include "base/text.hpp"

namespace cut {
namespace {

// Removes the prefixes that DataParallel (in the reference's checkpoints saved from a CPU) and torch.compile
// give to all names, and returns them.
std::string stripWrapperPrefixes(StateDict& weights) {
  std::string stripped;
  constexpr std::array<std::string_view, 2> wrappers{"module.", "_orig_mod."};
  for (bool again = !weights.empty(); again;) {
    again = false;
    for (const std::string_view prefix : wrappers)
      if (std::all_of(weights.begin(), weights.end(),
                      [&](const auto& entry) { return entry.first.starts_with(prefix); })) {
        for (auto& [name, tensor] : weights) name.erase(0, prefix.size());
        stripped += prefix;
        again = true;
      }
  }
  return stripped;
}

// The layer of a norm's running statistic; empty for any other tensor.
std::string_view layerOfStatistic(std::string_view name) {
  constexpr std::array<std::string_view, 3> leaves{".running_mean", ".running_var", ".num_batches_tracked"};
  for (const std::string_view leaf : leaves)
    if (name.ends_with(leaf)) return name.substr(0, name.size() - leaf.size());
  return {};
}

// Instance norms had running statistics before PyTorch 0.4, which evaluation never used. Without a weight
// beside them they are not those of a batch norm.
void dropInstanceNormStatistics(StateDict& weights) {
  std::set<std::string, std::less<>> weighted;
  for (const auto& [name, tensor] : weights)
    if (name.ends_with(".weight")) weighted.insert(name.substr(0, name.size() - 7));
  std::erase_if(weights, [&](const auto& entry) {
    const std::string_view layer = layerOfStatistic(entry.first);
    return !layer.empty() && !weighted.contains(layer);
  });
}

constexpr std::size_t maxPrefixes = 64;
// Limits the time that a hostile file takes. A tensor under several prefixes counts for each; a comparison
// counts as minPerComparison tensors at least, because it tries every network.
constexpr std::size_t maxCompared = 100'000;
constexpr std::size_t minPerComparison = 1000;

// A tensor of each architecture that no discriminator has.
constexpr std::array<std::string_view, 3> anchors{"model.1.weight", "model.model.0.weight",
                                                  "encoder.convs.1.0.weight"};

bool isAnchor(std::string_view name) {
  return std::find(anchors.begin(), anchors.end(), name) != anchors.end();
}

// The prefixes of anchors, with their last dot. Some are wrong, because names within a U-Net end like a
// ResNet's: the comparison tells.
std::set<std::string> possiblePrefixes(const StateDict& meta) {
  std::set<std::string> prefixes;
  for (const auto& [name, tensor] : meta)
    for (const std::string_view anchor : anchors)
      if (name.size() > anchor.size() + 1 && name.ends_with(anchor) &&
          name[name.size() - anchor.size() - 1] == '.' && prefixes.size() < maxPrefixes)
        prefixes.insert(name.substr(0, name.size() - anchor.size()));
  return prefixes;
}

// The tensors under a prefix, with the rest of their names.
struct Subset {
  StateDict meta;
  std::string stripped;  // of each name: the prefix and the wrapper prefixes behind it
};

Subset subsetUnder(const StateDict& all, const std::string& prefix) {
  Subset subset{{}, prefix};
  for (const auto& [name, tensor] : all)
    if (name.starts_with(prefix))
      subset.meta.emplace_back(name.substr(prefix.size()), Tensor{tensor.dtype, tensor.shape, {}});
  subset.stripped += stripWrapperPrefixes(subset.meta);
  dropInstanceNormStatistics(subset.meta);
  return subset;
}

// The prefix as users know it: without its last dot and the wrappers of torch.compile and DataParallel.
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

// AveragedModel saves a network as "module", which may be a DataParallel with its own "module", and beside it
// a count.
bool isAveraged(const StateDict& meta, std::string_view prefix) {
  constexpr std::string_view module = "module.";
  while (prefix.ends_with(module)) {
    prefix.remove_suffix(module.size());
    const std::string count = std::string(prefix) + "n_averaged";
    if (std::any_of(meta.begin(), meta.end(), [&](const auto& entry) { return entry.first == count; }))
      return true;
  }
  return false;
}

std::size_t countUnder(const StateDict& meta, const std::string& prefix) {
  return static_cast<std::size_t>(std::count_if(
      meta.begin(), meta.end(), [&](const auto& entry) { return entry.first.starts_with(prefix); }));
}

std::optional<Error> mismatchOf(const StateDict& meta) {
  try {
    inferSpecFromMeta(meta);
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

bool isGeneratorName(std::string_view name) noexcept {
  return std::any_of(anchors.begin(), anchors.end(), [name](std::string_view anchor) {
    return name.ends_with(anchor) &&
           (name.size() == anchor.size() || name[name.size() - anchor.size() - 1] == '.');
  });
}

void GeneratorSearch::countTensors(std::size_t count) {
  compared_ += std::max(count, minPerComparison);
  if (compared_ > maxCompared)
    throw Error(ErrorKind::wrongFile, "has more than " + std::to_string(maxCompared) +
                                          " tensors under prefixes of a generator, counted under each; "
                                          "expected a state_dict: save the generator's alone");
}

GeneratorSearch::Result GeneratorSearch::find(const StateDict& meta) {
  countTensors(meta.size());
  const Subset whole = subsetUnder(meta, "");
  Result result{{}, mismatchOf(whole.meta)};
  if (!result.mismatch) return {{{"", "", false}}, std::nullopt};
  std::optional<Error> nearest;  // the first mismatch under a prefix
  for (const std::string& prefix : possiblePrefixes(whole.meta)) {
    countTensors(countUnder(whole.meta, prefix));
    const auto mismatch = mismatchOf(subsetUnder(whole.meta, prefix).meta);
    if (!mismatch)
      result.matches.push_back({whole.stripped + prefix, keyOf(prefix), isAveraged(whole.meta, prefix)});
    else if (!nearest)
      nearest = Error(ErrorKind::wrongFile, "under '" + printable(keyOf(prefix)) + "' " + mismatch->what());
  }
  if (!result.matches.empty()) return {std::move(result.matches), std::nullopt};
  const bool hasOwnAnchor = std::any_of(whole.meta.begin(), whole.meta.end(),
                                        [](const auto& entry) { return isAnchor(entry.first); });
  const bool hasAnchor = nearest || hasOwnAnchor;
  if (nearest && !hasOwnAnchor) result.mismatch = nearest;
  if (const auto text = parametrisationIn(whole.meta))
    result.mismatch =
        Error(ErrorKind::wrongFile, hasAnchor ? result.mismatch->what() + ("; it " + *text) : *text);
  return result;
}

// The subset has the order of the whole state_dict.
GeneratorTensors tensorsOf(const StateDict& meta, const GeneratorMatch& match) {
  const Subset subset = subsetUnder(meta, match.prefix);
  GeneratorTensors found{inferSpecFromMeta(subset.meta), {}};
  std::size_t index = 0;
  for (const auto& [name, tensor] : subset.meta) {
    const std::string whole = subset.stripped + name;
    while (meta[index].first != whole) ++index;
    found.tensors.emplace_back(name, index++);
  }
  return found;
}

}  // namespace cut
