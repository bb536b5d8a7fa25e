#include "weights/generator_part.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "cut/error.hpp"
#include "weights/infer_spec.hpp"
#include "weights/known_keys.hpp"
#include "weights/state_dict_names.hpp"
#include "weights/text.hpp"

namespace cut {
namespace {

constexpr std::size_t mostPrefixes = 64;
constexpr std::size_t mostLooks = 100'000;  // at tensors under a prefix; what is under many counts at each

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

// Which of all tensors those of a part are; their order is the same.
GeneratorPart placed(const StateDict& all, const Part& part, const std::string& front, std::string key) {
  GeneratorPart found{inferSpecOfOutlines(part.outlines), std::move(key), {}};
  std::size_t index = 0;
  for (const auto& [name, tensor] : part.outlines) {
    const std::string whole = front + name;
    while (all[index].first != whole) ++index;
    found.tensors.emplace_back(name, index++);
  }
  return found;
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

Trial tryPrefix(const StateDict& outlines, const std::string& prefix) {
  try {
    inferSpecOfOutlines(partUnder(outlines, prefix).outlines);
    return {prefix, std::nullopt};
  } catch (const Error& error) {
    return {prefix, error};
  }
}

// Adds up how many tensors are under one prefix after the other.
void checkLooks(const StateDict& outlines, const std::string& prefix, std::size_t& looks) {
  looks += static_cast<std::size_t>(std::count_if(
      outlines.begin(), outlines.end(), [&](const auto& entry) { return entry.first.starts_with(prefix); }));
  if (looks > mostLooks)
    throw Error(ErrorKind::wrongFile, "has more than " + std::to_string(mostLooks) +
                                          " tensors under names that a generator may have in front, counted "
                                          "under each; expected a state_dict: save the generator's alone");
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

const Trial& choose(std::vector<Trial>& fitting) {
  const auto less = [](const Trial& a, const Trial& b) { return a.rank() < b.rank(); };
  std::stable_sort(fitting.begin(), fitting.end(), less);
  if (fitting.size() > 1 && !less(fitting[0], fitting[1])) failAmbiguous(fitting);
  return fitting[0];
}

}  // namespace

GeneratorPart findGenerator(const StateDict& outlines) {
  const Part whole = partUnder(outlines, "");
  std::optional<Error> misfit;
  try {
    return placed(outlines, whole, whole.front, "");
  } catch (const Error& error) {
    misfit = error;
  }
  std::vector<Trial> fitting;
  std::optional<Error> nearest;  // of what is nearly a generator further in
  std::size_t looks = 0;
  for (const std::string& prefix : possiblePrefixes(whole.outlines)) {
    checkLooks(whole.outlines, prefix, looks);
    Trial trial = tryPrefix(whole.outlines, prefix);
    if (!trial.misfit)
      fitting.push_back(std::move(trial));
    else if (!nearest)
      nearest = Error(ErrorKind::wrongFile, "under '" + printable(trial.key()) + "' " + trial.misfit->what());
  }
  if (!fitting.empty()) {
    const Trial& best = choose(fitting);
    const Part part = partUnder(whole.outlines, best.prefix);
    return placed(outlines, part, whole.front + part.front, std::string(best.key()));
  }
  const bool isNearlyWhole = std::any_of(whole.outlines.begin(), whole.outlines.end(),
                                         [](const auto& entry) { return isAnchor(entry.first); });
  throw nearest && !isNearlyWhole ? *nearest : *misfit;
}

}  // namespace cut
