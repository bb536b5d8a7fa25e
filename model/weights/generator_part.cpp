#include "weights/generator_part.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "cut/error.hpp"
#include "cut/model_file.hpp"
#include "weights/known_keys.hpp"
#include "weights/state_dict_names.hpp"
#include "weights/text.hpp"

namespace cut {
namespace {

constexpr std::size_t mostPrefixes = 64;  // each costs a look at all tensors

// One tensor of each architecture that no other part of a network has there.
constexpr std::array<std::string_view, 3> anchors{"model.1.weight", "model.model.0.weight",
                                                  "encoder.convs.1.0.weight"};

bool isAnchor(std::string_view name) {
  return std::find(anchors.begin(), anchors.end(), name) != anchors.end();
}

// With their last dot. Layers within a U-Net look like a ResNet's: which one it is, the fit tells.
std::set<std::string> possiblePrefixes(const StateDict& weights) {
  std::set<std::string> prefixes;
  for (const auto& [name, tensor] : weights)
    for (const std::string_view anchor : anchors)
      if (name.size() > anchor.size() + 1 && name.ends_with(anchor) &&
          name[name.size() - anchor.size() - 1] == '.' && prefixes.size() < mostPrefixes)
        prefixes.insert(name.substr(0, name.size() - anchor.size()));
  return prefixes;
}

// The constant filters' values are compared, of all others only shape and type.
Tensor outlineOf(const std::string& name, const Tensor& tensor) {
  const bool isFilter = name.ends_with(".filt") || name.ends_with(".kernel");
  return {tensor.dtype, tensor.shape, isFilter ? tensor.data : std::vector<std::byte>()};
}

template <typename Take>
StateDict under(StateDict& weights, const std::string& prefix, Take take) {
  StateDict part;
  for (auto& [name, tensor] : weights)
    if (name.starts_with(prefix)) part.emplace_back(name.substr(prefix.size()), take(name, tensor));
  tidyNames(part);
  return part;
}

struct Trial {
  std::string prefix;
  std::optional<Error> misfit;

  // Without what torch.compile and DataParallel put behind a name.
  std::string_view key() const {
    std::string_view key = std::string_view(prefix).substr(0, prefix.size() - 1);
    for (const std::string_view wrapper : {"._orig_mod", ".module", "._orig_mod"})
      if (key.ends_with(wrapper)) key.remove_suffix(wrapper.size());
    return key;
  }
  std::size_t rank() const { return rankOfKey(lastPart(key())); }
};

Trial tryPrefix(StateDict& weights, const std::string& prefix) {
  try {
    inferSpec(under(weights, prefix, outlineOf));
    return {prefix, std::nullopt};
  } catch (const Error& error) {
    return {prefix, error};
  }
}

[[noreturn]] void failAmbiguous(const std::vector<Trial>& fitting) {
  constexpr std::size_t most = 5;
  std::string names;
  for (std::size_t i = 0; i < std::min(fitting.size(), most); ++i)
    names += (i > 0 ? ", '" : "'") + printable(fitting[i].key()) + "'";
  throw Error(
      ErrorKind::wrongFile,
      "holds several generators, under " + names + (fitting.size() > most ? ", ..." : "") +
          "; expected one, or one under a known name such as 'netG': save that one's state_dict alone");
}

GeneratorPart choose(StateDict& weights, std::vector<Trial> fitting) {
  const auto less = [](const Trial& a, const Trial& b) { return a.rank() < b.rank(); };
  std::stable_sort(fitting.begin(), fitting.end(), less);
  if (fitting.size() > 1 && !less(fitting[0], fitting[1])) failAmbiguous(fitting);
  GeneratorPart part;
  part.prefix = fitting[0].key();
  part.weights = under(weights, fitting[0].prefix,
                       [](const std::string& /*name*/, Tensor& tensor) { return std::move(tensor); });
  part.spec = inferSpec(part.weights);
  return part;
}

}  // namespace

GeneratorPart findGenerator(StateDict weights) {
  tidyNames(weights);
  std::optional<Error> misfit;
  try {
    GeneratorSpec spec = inferSpec(weights);
    return {std::move(weights), std::move(spec), {}};
  } catch (const Error& error) {
    misfit = error;
  }
  std::vector<Trial> fitting;
  std::optional<Error> nearest;  // of what is nearly a generator further in
  for (const std::string& prefix : possiblePrefixes(weights)) {
    Trial trial = tryPrefix(weights, prefix);
    if (!trial.misfit)
      fitting.push_back(std::move(trial));
    else if (!nearest)
      nearest = Error(ErrorKind::wrongFile, "under '" + printable(trial.key()) + "' " + trial.misfit->what());
  }
  if (!fitting.empty()) return choose(weights, std::move(fitting));
  const bool isNearlyWhole =
      std::any_of(weights.begin(), weights.end(), [](const auto& entry) { return isAnchor(entry.first); });
  throw nearest && !isNearlyWhole ? *nearest : *misfit;
}

}  // namespace cut
