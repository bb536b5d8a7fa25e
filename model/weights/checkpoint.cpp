#include "weights/checkpoint.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "cut/error.hpp"
#include "weights/text.hpp"

namespace cut {
namespace {

constexpr int mostLevels = 3;

// Of several, the first one here is taken: averaged weights before those they average, generators before
// whole models.
constexpr std::array<std::string_view, 16> knownKeys{
    "netG_ema", "G_ema", "g_ema", "params_ema", "netG", "G",     "generator",        "netG_A",
    "G_A",      "gen",   "net_g", "params",     "net",  "model", "model_state_dict", "state_dict"};

bool holdsTensorsOnly(const PickleTree& tree, const PickleDict& dict) {
  return std::all_of(dict.entries.begin(), dict.entries.end(), [&](const auto& entry) {
    return tree.as<std::string_view>(entry.first) != nullptr &&
           tree.as<PickleTensor>(entry.second) != nullptr;
  });
}

std::size_t rankOf(std::string_view key) {
  const std::string_view leaf = key.substr(key.rfind('.') == std::string_view::npos ? 0 : key.rfind('.') + 1);
  return static_cast<std::size_t>(std::find(knownKeys.begin(), knownKeys.end(), leaf) - knownKeys.begin());
}

// Every non-empty dict of tensors below `dict`.
void collect(const PickleTree& tree, const PickleDict& dict, const std::string& prefix, int levels,
             std::vector<FoundStateDict>& found) {
  for (const auto& [key, value] : dict.entries) {
    const auto* name = tree.as<std::string_view>(key);
    const auto* inner = tree.as<PickleDict>(value);
    if (name == nullptr || inner == nullptr || inner->entries.empty()) continue;
    const std::string path = prefix + std::string(*name);
    if (holdsTensorsOnly(tree, *inner))
      found.push_back({inner, path});
    else if (levels > 1)
      collect(tree, *inner, path + ".", levels - 1, found);
  }
}

std::string namesOf(const std::vector<FoundStateDict>& found) {
  constexpr std::size_t most = 5;
  std::string names;
  for (std::size_t i = 0; i < std::min(found.size(), most); ++i)
    names += (i > 0 ? ", '" : "'") + printable(found[i].key) + "'";
  return names + (found.size() > most ? ", ..." : "");
}

// The first entry that makes a dict no state_dict.
std::string firstOther(const PickleTree& tree, const PickleDict& root) {
  for (const auto& [key, value] : root.entries) {
    const auto* name = tree.as<std::string_view>(key);
    if (name == nullptr) return tree.describe(key) + " for a tensor's name; expected a text";
    if (tree.as<PickleTensor>(value) == nullptr)
      return tree.describe(value) + " under '" + printable(*name) +
             "'; expected tensors only, or a dict of tensors under a key such as 'netG', 'model' or "
             "'state_dict'";
  }
  return "nothing";
}

}  // namespace

FoundStateDict findStateDict(const PickleTree& tree, const PickleDict& root) {
  if (holdsTensorsOnly(tree, root)) return {&root, {}};
  std::vector<FoundStateDict> found;
  collect(tree, root, {}, mostLevels, found);
  if (found.empty()) throw Error(ErrorKind::wrongFile, "holds " + firstOther(tree, root));
  const auto best = std::min_element(
      found.begin(), found.end(), [](const auto& a, const auto& b) { return rankOf(a.key) < rankOf(b.key); });
  if (found.size() > 1 && rankOf(best->key) == knownKeys.size())
    throw Error(ErrorKind::wrongFile,
                "is a checkpoint with several dicts of tensors, " + namesOf(found) +
                    ", none under a name that is known for a generator, such as 'netG'");
  return *best;
}

}  // namespace cut
