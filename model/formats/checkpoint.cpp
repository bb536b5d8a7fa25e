#include "formats/checkpoint.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>

#include "arch/infer_spec.hpp"
#include "base/text.hpp"
#include "cuttranslate/error.hpp"
#include "formats/file_signatures.hpp"
#include "formats/known_keys.hpp"

namespace cut {
namespace {

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

// How objects of a class that stand for weights become plain tensors, as a sentence's end.
std::string adviceOn(const PickleOpaque& type) {
  const std::string name =
      std::string(type.module.substr(0, 100)) + "." + std::string(type.name.substr(0, 100));
  for (const Advice& advice : advices)
    if (name.starts_with(advice.module)) return std::string(advice.text);
  return std::string(saveAgain);
}

constexpr std::size_t mostLevels = 3;
// A dict that stands under many keys is looked at under each: as many entries as a pickle has opcodes.
constexpr std::size_t mostLooks = 250'000;

// A dict and the keys that lead to it, which the tree owns: of many that are found, a few are named.
struct Candidate {
  const PickleDict* dict = nullptr;
  std::array<std::string_view, mostLevels> keys{};
  std::size_t levels = 0;
  bool mayHoldGenerator = false;  // by the names of its entries
  bool isStateDict = false;       // nothing but tensors
  KeyRank rank{};

  std::string path() const {
    std::string path;
    for (std::size_t i = 0; i < levels; ++i) path.append(i > 0 ? "." : "").append(keys[i]);
    return path;
  }
};

// Of a list the first items are looked at, and of what stands under numbers those.
constexpr std::array<std::string_view, 10> digits{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};

std::optional<std::string_view> keyOfNumber(std::int64_t number) {
  if (number < 0 || number >= static_cast<std::int64_t>(digits.size())) return std::nullopt;
  return digits[static_cast<std::size_t>(number)];
}

// Looks for every dict that holds a generator, or else might be thought to, in dicts, lists and tuples.
class Search {
 public:
  explicit Search(const PickleTree& tree) : tree_(tree) {}

  std::vector<Candidate> run() && {
    visit(tree_.root, {});
    return std::move(found_);
  }

 private:
  void visit(NodeId id, Candidate here) {
    if (const auto* dict = tree_.as<PickleDict>(id)) {
      here.dict = dict;
      judge(here);
      for (const auto& [key, value] : dict->entries) {
        const auto* name = tree_.as<std::string_view>(key);
        const auto* number = tree_.as<std::int64_t>(key);
        below(value, here, name != nullptr ? *name : number != nullptr ? keyOfNumber(*number) : std::nullopt);
      }
    } else if (const auto* sequence = tree_.as<PickleSequence>(id)) {
      for (std::size_t i = 0; i < std::min(sequence->items.size(), digits.size()); ++i) {
        look();
        below(sequence->items[i], here, digits[i]);
      }
    }
  }

  void below(NodeId id, const Candidate& here, std::optional<std::string_view> key) {
    const bool isContainer = tree_.as<PickleDict>(id) != nullptr || tree_.as<PickleSequence>(id) != nullptr;
    if (!isContainer || !key || here.levels == mostLevels) return;
    Candidate next{.keys = here.keys, .levels = here.levels};
    next.keys[next.levels++] = *key;
    visit(id, next);
  }

  void judge(Candidate here) {
    here.isStateDict = !here.dict->entries.empty();
    for (const auto& [key, value] : here.dict->entries) {
      look();
      const auto* name = tree_.as<std::string_view>(key);
      if (name == nullptr || tree_.as<PickleTensor>(value) == nullptr) here.isStateDict = false;
      if (name != nullptr && mayBeOfGenerator(*name)) here.mayHoldGenerator = true;
    }
    if (!here.isStateDict && !here.mayHoldGenerator) return;
    here.rank = rankOfPath(here.path());
    found_.push_back(here);
  }

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

// The tensors of a dict, and which of its entries they are.
struct Tensors {
  StateDict outlines;
  std::vector<std::size_t> entries;
};

Tensors tensorsOf(const PickleTree& tree, const PickleDict& dict) {
  Tensors tensors;
  for (std::size_t i = 0; i < dict.entries.size(); ++i) {
    const auto* name = tree.as<std::string_view>(dict.entries[i].first);
    const auto* tensor = tree.as<PickleTensor>(dict.entries[i].second);
    if (name == nullptr || tensor == nullptr) continue;
    const TensorView& place = tree.tensors[tensor->index];
    tensors.outlines.emplace_back(*name, Tensor{place.storage.dtype(), place.shape, {}});
    tensors.entries.push_back(i);
  }
  return tensors;
}

// One of the generators in the candidates.
struct Fit {
  const PickleDict* dict = nullptr;
  GeneratorFit fit;
};

struct Fits {
  std::vector<Fit> fits;
  std::vector<NamedGenerator> names;  // of each
  std::optional<Error> misfit;        // of the likeliest that is none
};

std::string joined(const std::string& path, const std::string& key) {
  return path + (path.empty() || key.empty() ? "" : ".") + key;
}

std::string under(const std::string& path) {
  return path.empty() ? "" : "under '" + printable(path) + "' ";
}

// A dict that stands under several keys counts under the first of them.
Fits fitsIn(const PickleTree& tree, const std::vector<Candidate>& candidates) {
  GeneratorSearch search;
  std::set<const PickleDict*> seen;
  Fits all;
  for (const Candidate& candidate : candidates) {
    if (!candidate.mayHoldGenerator || !seen.insert(candidate.dict).second) continue;
    GeneratorSearch::Result result = search.in(tensorsOf(tree, *candidate.dict).outlines);
    for (GeneratorFit& fit : result.fits) {
      all.names.push_back({joined(candidate.path(), fit.key), fit.isAverage});
      all.fits.push_back({candidate.dict, std::move(fit)});
    }
    if (result.misfit && !all.misfit)
      all.misfit = Error(ErrorKind::wrongFile, under(candidate.path()) + result.misfit->what());
  }
  return all;
}

// "an object of 'X' under 'netG.model.1.weight'" where something stands there that is read as no tensor.
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

// A network that was saved whole.
void refuseOpaqueNetworks(const PickleTree& tree) {
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
  constexpr std::size_t most = 5;
  std::string names;
  for (std::size_t i = 0; i < std::min(found.size(), most); ++i)
    names += (i > 0 ? ", '" : "'") + printable(found[i].path()) + "'";
  return names + (found.size() > most ? ", ..." : "");
}

// What makes the file no state_dict.
std::string firstOther(const PickleTree& tree) {
  const auto* root = tree.as<PickleDict>(tree.root);
  if (root == nullptr) return tree.describe(tree.root) + "; expected a model of cuttranslate or a state_dict";
  for (const auto& [key, value] : root->entries) {
    const auto* name = tree.as<std::string_view>(key);
    if (name == nullptr) return tree.describe(key) + " for a tensor's name; expected a text";
    if (tree.as<PickleTensor>(value) == nullptr)
      return tree.describe(value) + " under '" + printable(*name) +
             "'; expected tensors only, or a dict of tensors under a key such as 'netG', 'model' or "
             "'state_dict'";
  }
  return "an empty dict; expected tensors";
}

[[noreturn]] void failWithoutGenerator(const PickleTree& tree, const std::vector<Candidate>& candidates,
                                       const std::optional<Error>& misfit) {
  for (const Candidate& candidate : candidates)
    if (candidate.mayHoldGenerator) refuseOpaqueWeights(tree, candidate);
  if (misfit) throw Error(*misfit);
  refuseOpaqueNetworks(tree);
  if (candidates.empty()) throw Error(ErrorKind::wrongFile, "holds " + firstOther(tree));
  const Candidate& first = candidates.front();
  if (candidates.size() > 1 && !first.rank.isKnown())
    throw Error(ErrorKind::wrongFile, "is a checkpoint with several dicts of tensors, " +
                                          namesOf(candidates) + ", none a generator of CUT" +
                                          std::string(torchScriptHint));
  const auto result = GeneratorSearch().in(tensorsOf(tree, *first.dict).outlines);
  throw Error(ErrorKind::wrongFile, under(first.path()) + result.misfit.value().what());
}

}  // namespace

FoundGenerator findGenerator(const PickleTree& tree) {
  std::vector<Candidate> candidates = Search(tree).run();
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.rank < b.rank; });
  Fits all = fitsIn(tree, candidates);
  if (all.fits.empty()) failWithoutGenerator(tree, candidates, all.misfit);
  const std::size_t best = chooseGenerator(all.names);
  const Fit& taken = all.fits[best];
  const Tensors tensors = tensorsOf(tree, *taken.dict);
  FoundGenerator found{taken.dict, partOf(tensors.outlines, taken.fit), all.names[best].key,
                       choiceText(all.names, best)};
  for (auto& [name, index] : found.part.tensors) index = tensors.entries[index];
  return found;
}

}  // namespace cut
