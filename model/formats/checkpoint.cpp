// SPDX-License-Identifier: MIT
#include "formats/checkpoint.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>

#include "arch/infer_spec.hpp"
#include "base/text.hpp"
#include "cuttranslate/error.hpp"
#include "formats/checkpoint_keys.hpp"
#include "formats/file_signatures.hpp"

namespace cut {
namespace {

struct Advice {
  std::string_view prefix;  // of the class's name with its module
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

// The end of an error message about an object instead of a tensor: how to save plain tensors.
std::string adviceOn(const PickleOpaque& type) {
  const std::string name =
      std::string(type.module.substr(0, 100)) + "." + std::string(type.name.substr(0, 100));
  for (const Advice& advice : advices)
    if (name.starts_with(advice.prefix)) return std::string(advice.text);
  return std::string(saveAgainHint);
}

constexpr std::size_t maxLevels = 3;
// Limits the time that a hostile file takes: a dict under several keys is visited under each. As many entries
// as a pickle may have opcodes.
constexpr std::size_t maxVisited = 250'000;

// A dict that may hold a generator, and the keys that lead to it, which the tree owns.
struct Candidate {
  const PickleDict* dict = nullptr;
  std::array<std::string_view, maxLevels> keys{};
  std::size_t levels = 0;
  bool hasGeneratorName = false;  // isGeneratorName() of an entry
  bool isStateDict = false;       // holds nothing but tensors
  KeyRank rank{};

  std::string path() const {
    std::string path;
    for (std::size_t i = 0; i < levels; ++i) path.append(i > 0 ? "." : "").append(keys[i]);
    return path;
  }
};

// The indices of lists and the integer keys that are searched.
constexpr std::array<std::string_view, 10> digits{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};

std::optional<std::string_view> keyOfNumber(std::int64_t number) {
  if (number < 0 || number >= static_cast<std::int64_t>(digits.size())) return std::nullopt;
  return digits[static_cast<std::size_t>(number)];
}

// Collects the candidates from dicts, lists and tuples.
class CandidateSearch {
 public:
  explicit CandidateSearch(const PickleTree& tree) : tree_(tree) {}

  std::vector<Candidate> run() && {
    visit(tree_.root, {});
    return std::move(found_);
  }

 private:
  void visit(NodeId id, Candidate here) {
    if (const auto* dict = tree_.as<PickleDict>(id)) {
      here.dict = dict;
      addIfCandidate(here);
      for (const auto& [key, value] : dict->entries) {
        const auto* name = tree_.as<std::string_view>(key);
        const auto* number = tree_.as<std::int64_t>(key);
        visitChild(value, here,
                   name != nullptr     ? *name
                   : number != nullptr ? keyOfNumber(*number)
                                       : std::nullopt);
      }
    } else if (const auto* sequence = tree_.as<PickleSequence>(id)) {
      for (std::size_t i = 0; i < std::min(sequence->items.size(), digits.size()); ++i) {
        countVisited();
        visitChild(sequence->items[i], here, digits[i]);
      }
    }
  }

  void visitChild(NodeId id, const Candidate& here, std::optional<std::string_view> key) {
    const bool isContainer = tree_.as<PickleDict>(id) != nullptr || tree_.as<PickleSequence>(id) != nullptr;
    if (!isContainer || !key || here.levels == maxLevels) return;
    Candidate next{.keys = here.keys, .levels = here.levels};
    next.keys[next.levels++] = *key;
    visit(id, next);
  }

  void addIfCandidate(Candidate here) {
    here.isStateDict = !here.dict->entries.empty();
    for (const auto& [key, value] : here.dict->entries) {
      countVisited();
      const auto* name = tree_.as<std::string_view>(key);
      if (name == nullptr || tree_.as<PickleTensor>(value) == nullptr) here.isStateDict = false;
      if (name != nullptr && isGeneratorName(*name)) here.hasGeneratorName = true;
    }
    if (!here.isStateDict && !here.hasGeneratorName) return;
    here.rank = rankOfPath(here.path());
    found_.push_back(here);
  }

  void countVisited() {
    if (++visited_ > maxVisited)
      throw Error(ErrorKind::wrongFile, "is a checkpoint whose dicts have more than " +
                                            std::to_string(maxVisited) +
                                            " entries, counted under every key; expected a state_dict, or a "
                                            "checkpoint that holds one: save the generator's alone");
  }

  const PickleTree& tree_;
  std::vector<Candidate> found_;
  std::size_t visited_ = 0;
};

// The tensors of a dict without data, and the indices of its entries that they are.
struct DictTensors {
  StateDict meta;
  std::vector<std::size_t> entries;
};

DictTensors metaTensorsOf(const PickleTree& tree, const PickleDict& dict) {
  DictTensors tensors;
  for (std::size_t i = 0; i < dict.entries.size(); ++i) {
    const auto* name = tree.as<std::string_view>(dict.entries[i].first);
    const auto* tensor = tree.as<PickleTensor>(dict.entries[i].second);
    if (name == nullptr || tensor == nullptr) continue;
    const TensorView& view = tree.tensors[tensor->index];
    tensors.meta.emplace_back(*name, Tensor{view.storage.dtype(), view.shape, {}});
    tensors.entries.push_back(i);
  }
  return tensors;
}

struct DictMatch {
  const PickleDict* dict = nullptr;
  GeneratorMatch match;
};

struct Matches {
  std::vector<DictMatch> matches;
  std::vector<NamedGenerator> names;  // of each match
  std::optional<Error> mismatch;      // of the first candidate that is not a generator
};

std::string joined(const std::string& path, const std::string& key) {
  return path + (path.empty() || key.empty() ? "" : ".") + key;
}

std::string under(const std::string& path) {
  return path.empty() ? "" : "under '" + printable(path) + "' ";
}

// A dict under several keys counts once, under the first of them.
Matches findMatches(const PickleTree& tree, const std::vector<Candidate>& candidates) {
  GeneratorSearch search;
  std::set<const PickleDict*> seen;
  Matches all;
  for (const Candidate& candidate : candidates) {
    if (!candidate.hasGeneratorName || !seen.insert(candidate.dict).second) continue;
    GeneratorSearch::Result result = search.find(metaTensorsOf(tree, *candidate.dict).meta);
    for (GeneratorMatch& match : result.matches) {
      all.names.push_back({joined(candidate.path(), match.key), match.isAveraged});
      all.matches.push_back({candidate.dict, std::move(match)});
    }
    if (result.mismatch && !all.mismatch)
      all.mismatch = Error(ErrorKind::wrongFile, under(candidate.path()) + result.mismatch->what());
  }
  return all;
}

// "holds an object of 'X' under 'netG.model.1.weight'; expected a plain tensor".
[[noreturn]] void failOpaque(const PickleTree& tree, NodeId id, const std::string& path) {
  throw Error(ErrorKind::wrongFile, "holds " + tree.describe(id) + " under '" + printable(path) +
                                        "'; expected a plain tensor, or a dict of them" +
                                        adviceOn(*tree.opaque(id)));
}

void refuseOpaqueWeights(const PickleTree& tree, const Candidate& candidate) {
  for (const auto& [key, value] : candidate.dict->entries) {
    const auto* name = tree.as<std::string_view>(key);
    if (name != nullptr && (name->ends_with(".weight") || name->ends_with(".bias")) &&
        tree.opaque(value) != nullptr)
      failOpaque(tree, value, joined(candidate.path(), std::string(*name)));
  }
}

// Refuses a whole module that was saved instead of its state_dict.
void refuseModules(const PickleTree& tree) {
  if (tree.opaque(tree.root) != nullptr)
    throw Error(ErrorKind::wrongFile, "holds " + tree.describe(tree.root) + " and no dict of tensors" +
                                          adviceOn(*tree.opaque(tree.root)));
  const auto* root = tree.as<PickleDict>(tree.root);
  if (root == nullptr) return;
  for (const auto& [key, value] : root->entries) {
    const auto* name = tree.as<std::string_view>(key);
    if (name != nullptr && rankOfPath(*name).isKnown() && tree.opaque(value) != nullptr)
      failOpaque(tree, value, std::string(*name));
  }
}

std::string namesOf(const std::vector<Candidate>& found) {
  constexpr std::size_t maxNamed = 5;
  std::string names;
  for (std::size_t i = 0; i < std::min(found.size(), maxNamed); ++i)
    names += (i > 0 ? ", '" : "'") + printable(found[i].path()) + "'";
  return names + (found.size() > maxNamed ? ", ..." : "");
}

// The first thing in the file that a state_dict would not hold.
std::string firstOtherThanTensor(const PickleTree& tree) {
  const auto* root = tree.as<PickleDict>(tree.root);
  if (root == nullptr) return tree.describe(tree.root) + "; expected a model of cuttranslate or a state_dict";
  for (const auto& [key, value] : root->entries) {
    const auto* name = tree.as<std::string_view>(key);
    if (name == nullptr) return tree.describe(key) + " for a tensor's name; expected a string";
    if (tree.as<PickleTensor>(value) == nullptr)
      return tree.describe(value) + " under '" + printable(*name) +
             "'; expected tensors only, or a dict of tensors under a key such as 'netG', 'model' or "
             "'state_dict'";
  }
  return "an empty dict; expected tensors";
}

[[noreturn]] void failWithoutGenerator(const PickleTree& tree, const std::vector<Candidate>& candidates,
                                       const std::optional<Error>& mismatch) {
  for (const Candidate& candidate : candidates)
    if (candidate.hasGeneratorName) refuseOpaqueWeights(tree, candidate);
  if (mismatch) throw Error(*mismatch);
  refuseModules(tree);
  if (candidates.empty()) throw Error(ErrorKind::wrongFile, "holds " + firstOtherThanTensor(tree));
  const Candidate& first = candidates.front();
  if (candidates.size() > 1 && !first.rank.isKnown())
    throw Error(ErrorKind::wrongFile, "is a checkpoint with several dicts of tensors, " +
                                          namesOf(candidates) + ", none a generator of CUT" +
                                          std::string(torchScriptHint));
  const auto result = GeneratorSearch().find(metaTensorsOf(tree, *first.dict).meta);
  throw Error(ErrorKind::wrongFile, under(first.path()) + result.mismatch.value().what());
}

}  // namespace

FoundGenerator findGenerator(const PickleTree& tree) {
  std::vector<Candidate> candidates = CandidateSearch(tree).run();
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.rank < b.rank; });
  Matches all = findMatches(tree, candidates);
  if (all.matches.empty()) failWithoutGenerator(tree, candidates, all.mismatch);
  const std::size_t best = chooseGenerator(all.names);
  const DictMatch& taken = all.matches[best];
  const DictTensors tensors = metaTensorsOf(tree, *taken.dict);
  FoundGenerator found{taken.dict, tensorsOf(tensors.meta, taken.match), all.names[best].key,
                       choiceText(all.names, best)};
  for (auto& [name, index] : found.generator.tensors) index = tensors.entries[index];
  return found;
}

}  // namespace cut
