#include "weights/checkpoint.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "cut/error.hpp"
#include "weights/known_keys.hpp"
#include "weights/text.hpp"

namespace cut {
namespace {

constexpr std::size_t mostLevels = 3;
// A dict that stands under many keys is looked at under each: as many entries as a pickle has opcodes.
constexpr std::size_t mostLooks = 250'000;

// A dict of tensors and the keys that lead to it, which the tree owns: of many that are found, one is named.
struct Candidate {
  const PickleDict* dict = nullptr;
  std::array<std::string_view, mostLevels> keys;
  std::size_t levels = 0;

  std::size_t rank() const { return rankOfKey(lastPart(keys[levels - 1])); }
  std::string path() const {
    std::string path(keys[0]);
    for (std::size_t i = 1; i < levels; ++i) path.append(".").append(keys[i]);
    return path;
  }
};

// Looks for every non-empty dict of tensors below another.
class Search {
 public:
  explicit Search(const PickleTree& tree) : tree_(tree) {}

  bool holdsTensorsOnly(const PickleDict& dict) {
    return std::all_of(dict.entries.begin(), dict.entries.end(), [&](const auto& entry) {
      look();
      return tree_.as<std::string_view>(entry.first) != nullptr &&
             tree_.as<PickleTensor>(entry.second) != nullptr;
    });
  }

  void below(const PickleDict& dict, const Candidate& way = {}) {
    for (const auto& [key, value] : dict.entries) {
      look();
      const auto* name = tree_.as<std::string_view>(key);
      const auto* inner = tree_.as<PickleDict>(value);
      if (name == nullptr || inner == nullptr || inner->entries.empty()) continue;
      Candidate next = way;
      next.dict = inner;
      next.keys[next.levels++] = *name;
      if (holdsTensorsOnly(*inner))
        found_.push_back(next);
      else if (next.levels < mostLevels)
        below(*inner, next);
    }
  }

  const std::vector<Candidate>& found() const noexcept { return found_; }

 private:
  void look() {
    if (++looks_ > mostLooks)
      throw Error(ErrorKind::wrongFile, "is a checkpoint whose dicts have more than " +
                                            std::to_string(mostLooks) +
                                            " entries, counted under every key; expected a state_dict, or a "
                                            "checkpoint that holds one: save the generator's alone");
  }

  const PickleTree& tree_;
  std::vector<Candidate> found_;
  std::size_t looks_ = 0;
};

std::string namesOf(const std::vector<Candidate>& found) {
  constexpr std::size_t most = 5;
  std::string names;
  for (std::size_t i = 0; i < std::min(found.size(), most); ++i)
    names += (i > 0 ? ", '" : "'") + printable(found[i].path()) + "'";
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
  Search search(tree);
  if (search.holdsTensorsOnly(root)) return {&root, {}};
  search.below(root);
  const std::vector<Candidate>& found = search.found();
  if (found.empty()) throw Error(ErrorKind::wrongFile, "holds " + firstOther(tree, root));
  const auto best = std::min_element(found.begin(), found.end(),
                                     [](const auto& a, const auto& b) { return a.rank() < b.rank(); });
  if (found.size() > 1 && best->rank() == knownKeys.size())
    throw Error(ErrorKind::wrongFile,
                "is a checkpoint with several dicts of tensors, " + namesOf(found) +
                    ", none under a name that is known for a generator, such as 'netG'");
  return {best->dict, best->path()};
}

}  // namespace cut
