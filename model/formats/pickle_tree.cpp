#include "formats/pickle_tree.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "cuttranslate/error.hpp"

namespace cut {
namespace {

constexpr int deepest = 64;
constexpr std::size_t longestKey = 1024;  // a key that many dicts share is compared in each

// Visits every node that the root leads to once; recursion ends at `deepest`.
class TreeCheck {
 public:
  explicit TreeCheck(const PickleTree& tree) : tree_(tree), heights_(tree.nodes.size(), unseen) {}

  void run() { visit(tree_.root, 0); }

 private:
  static constexpr std::int8_t unseen = -2;
  static constexpr std::int8_t open = -1;

  // The height of the containers under `id`: 0 for a plain value.
  int visit(NodeId id, int depth) {
    if (heights_[id] == open) failPickle("holds a container that contains itself");
    if (heights_[id] != unseen) return bounded(depth + heights_[id], heights_[id]);
    bounded(depth, 0);
    heights_[id] = open;
    int height = 0;
    if (const auto* sequence = tree_.as<PickleSequence>(id)) {
      for (const NodeId item : sequence->items) height = std::max(height, 1 + visit(item, depth + 1));
    } else if (const auto* dict = tree_.as<PickleDict>(id)) {
      checkKeys(*dict);
      for (const auto& [key, value] : dict->entries) height = std::max(height, 1 + visit(value, depth + 1));
    }
    heights_[id] = static_cast<std::int8_t>(height);
    return height;
  }

  static int bounded(int depth, int result) {
    if (depth > deepest) failPickle("nests containers deeper than " + std::to_string(deepest) + " levels");
    return result;
  }

  void checkKeys(const PickleDict& dict) {
    std::set<std::string_view> texts;  // no hashes: a file could hold keys that share one
    std::set<std::int64_t> numbers;
    for (const auto& [key, value] : dict.entries) {
      const auto* text = tree_.as<std::string_view>(key);
      const auto* number = tree_.as<std::int64_t>(key);
      if (text == nullptr && number == nullptr) continue;  // nothing is looked up by such a key
      if (text != nullptr && text->size() > longestKey)
        failPickle("has a key of " + std::to_string(text->size()) + " bytes; expected at most " +
                   std::to_string(longestKey));
      const bool isNew = text != nullptr ? texts.insert(*text).second : numbers.insert(*number).second;
      if (!isNew) failPickle("has a key twice: " + tree_.describe(key));
    }
  }

  const PickleTree& tree_;
  std::vector<std::int8_t> heights_;
};

}  // namespace

std::optional<NodeId> PickleTree::find(const PickleDict& dict, std::string_view key) const noexcept {
  for (const auto& [name, value] : dict.entries)
    if (const auto* text = as<std::string_view>(name); text != nullptr && *text == key) return value;
  return std::nullopt;
}

std::string PickleTree::describe(NodeId id) const {
  struct Describe {
    std::string operator()(PickleNone /*none*/) const { return "None"; }
    std::string operator()(bool value) const { return value ? "True" : "False"; }
    std::string operator()(std::int64_t value) const { return "the number " + std::to_string(value); }
    std::string operator()(double value) const { return "the number " + std::to_string(value); }
    std::string operator()(std::string_view text) const { return "the text '" + printable(text) + "'"; }
    std::string operator()(const PickleBytes& /*bytes*/) const { return "a bytes object"; }
    std::string operator()(const PickleSequence& sequence) const {
      return sequence.isTuple ? "a tuple" : "a list";
    }
    std::string operator()(const PickleDict& /*dict*/) const { return "a dict"; }
    std::string operator()(PickleTensor /*tensor*/) const { return "a tensor"; }
    std::string operator()(const PickleOpaque& opaque) const {
      return "the class or function '" + textOf(opaque) + "', which is not executed";
    }
    std::string operator()(const PickleOpaqueObject& object) const {
      return "an object of '" + textOf(object.maker) + "', which is not executed,";
    }
    std::string operator()(PickleGlobal /*global*/) const { return "a class or function of PyTorch"; }
    std::string operator()(const PickleStorage& /*storage*/) const { return "a storage"; }
  };
  return std::visit(Describe{}, nodes[id]);
}

std::string textOf(const PickleOpaque& opaque) {
  return printable(opaque.module) + "." + printable(opaque.name);
}

void failPickle(const std::string& what) {
  throw Error(ErrorKind::wrongFile, "its pickle " + what);
}

void checkTree(const PickleTree& tree) {
  TreeCheck(tree).run();
}

}  // namespace cut
