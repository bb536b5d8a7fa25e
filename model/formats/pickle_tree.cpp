// SPDX-License-Identifier: MIT
#include "formats/pickle_tree.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.hpp"
#include "cuttranslate/error.hpp"

namespace cut {
namespace {

constexpr ElementType supported(std::string_view name, std::uint8_t width, DType dtype) {
  return {name, width, dtype, false};
}

constexpr ElementType unsupported(std::string_view name, std::uint8_t width) {
  return {name, width, DType::uint8, true};
}

constexpr ElementType unknown = unsupported("", 0);

// Classes of the modules torch and torch.cuda.
constexpr std::array storageClasses{
    supported("HalfStorage", 2, DType::float16),
    supported("BFloat16Storage", 2, DType::bfloat16),
    supported("FloatStorage", 4, DType::float32),
    supported("DoubleStorage", 8, DType::float64),
    supported("ByteStorage", 1, DType::uint8),
    supported("CharStorage", 1, DType::int8),
    supported("ShortStorage", 2, DType::int16),
    supported("IntStorage", 4, DType::int32),
    supported("LongStorage", 8, DType::int64),
    supported("BoolStorage", 1, DType::boolean),
    supported("UntypedStorage", 1, DType::uint8),
    unsupported("ComplexFloatStorage", 8),
    unsupported("ComplexDoubleStorage", 16),
    unsupported("QInt8Storage", 1),
    unsupported("QUInt8Storage", 1),
    unsupported("QInt32Storage", 4),
    unsupported("QUInt4x2Storage", 1),
    unsupported("QUInt2x4Storage", 1),
};

struct KnownName {
  std::string_view module;
  std::string_view name;
  GlobalKind kind;
};

constexpr std::array knownNames{
    KnownName{"collections", "OrderedDict", GlobalKind::orderedDict},
    KnownName{"torch._utils", "_rebuild_tensor_v2", GlobalKind::rebuildTensor},
    KnownName{"torch._utils", "_rebuild_tensor", GlobalKind::rebuildPlainTensor},  // before 0.4
    KnownName{"torch._utils", "_rebuild_parameter", GlobalKind::rebuildParameter},
    KnownName{"torch._utils", "_rebuild_parameter_with_state", GlobalKind::rebuildParameter},
    KnownName{"torch._tensor", "_rebuild_from_type_v2", GlobalKind::rebuildFromType},
    KnownName{"torch", "Tensor", GlobalKind::tensorClass},
    KnownName{"torch.nn.parameter", "Parameter", GlobalKind::tensorClass},
    KnownName{"torch", "Size", GlobalKind::size},
};

bool hasStorages(std::string_view module, std::string_view name) {
  if (module == "torch" || module == "torch.cuda") return true;
  return module == "torch.storage" && name == "UntypedStorage";
}

constexpr int maxDepth = 64;
constexpr std::size_t maxKeyBytes = 1024;  // a key that many dicts share is compared in each of them

// Visits every node below the root once.
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
    if (depth > maxDepth) failPickle("nests containers deeper than " + std::to_string(maxDepth) + " levels");
    return result;
  }

  void checkKeys(const PickleDict& dict) {
    std::set<std::string_view> texts;  // not hashed: a hostile file can hold keys that all have the same hash
    std::set<std::int64_t> numbers;
    for (const auto& [key, value] : dict.entries) {
      const auto* text = tree_.as<std::string_view>(key);
      const auto* number = tree_.as<std::int64_t>(key);
      if (text == nullptr && number == nullptr) continue;  // the reader never looks up such a key
      if (text != nullptr && text->size() > maxKeyBytes)
        failPickle("has a key of " + std::to_string(text->size()) + " bytes; expected at most " +
                   std::to_string(maxKeyBytes));
      const bool isNew = text != nullptr ? texts.insert(*text).second : numbers.insert(*number).second;
      if (!isNew) failPickle("has a key twice: " + tree_.describe(key));
    }
  }

  const PickleTree& tree_;
  std::vector<std::int8_t> heights_;
};

}  // namespace

PickleNode globalNode(std::string_view module, std::string_view name) {
  for (const KnownName& known : knownNames)
    if (known.module == module && known.name == name) return PickleGlobal{known.kind};
  if (hasStorages(module, name))
    for (const ElementType& type : storageClasses)
      if (type.name == name) return PickleGlobal{GlobalKind::storageType, &type};
  return PickleOpaque{module, name};
}

const ElementType& unknownElementType() noexcept {
  return unknown;
}

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
    std::string operator()(std::string_view text) const { return "the string '" + printable(text) + "'"; }
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
      return "an object of '" + textOf(object.type) + "', which is not executed,";
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
