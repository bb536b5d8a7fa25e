#include "weights/pickle_calls.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "weights/checked_math.hpp"
#include "weights/known_formats.hpp"
#include "weights/text.hpp"

namespace cut {
namespace {

constexpr std::size_t mostSides = 64;
constexpr std::size_t longestStorageKey = 256;  // which is copied and looked up for every tensor

struct KnownGlobal {
  std::string_view module;
  std::string_view name;
  PickleGlobal global;
};

constexpr KnownGlobal storageType(std::string_view module, std::string_view name, DType dtype) {
  return {module, name, {GlobalKind::storageType, dtype}};
}

constexpr std::array knownGlobals = {
    KnownGlobal{"collections", "OrderedDict", {GlobalKind::orderedDict}},
    KnownGlobal{"torch._utils", "_rebuild_tensor_v2", {GlobalKind::rebuildTensor}},
    KnownGlobal{"torch._utils", "_rebuild_tensor", {GlobalKind::rebuildPlainTensor}},  // before 0.4
    KnownGlobal{"torch._utils", "_rebuild_parameter", {GlobalKind::rebuildParameter}},
    KnownGlobal{"torch", "Size", {GlobalKind::size}},
    storageType("torch", "HalfStorage", DType::float16),
    storageType("torch", "BFloat16Storage", DType::bfloat16),
    storageType("torch", "FloatStorage", DType::float32),
    storageType("torch", "DoubleStorage", DType::float64),
    storageType("torch", "ByteStorage", DType::uint8),
    storageType("torch", "CharStorage", DType::int8),
    storageType("torch", "ShortStorage", DType::int16),
    storageType("torch", "IntStorage", DType::int32),
    storageType("torch", "LongStorage", DType::int64),
    storageType("torch", "BoolStorage", DType::boolean),
    storageType("torch", "UntypedStorage", DType::uint8),
    storageType("torch.storage", "UntypedStorage", DType::uint8),
};

const std::vector<NodeId>& argumentsOf(const PickleTree& tree, NodeId arguments) {
  const auto* tuple = tree.as<PickleSequence>(arguments);
  if (tuple == nullptr || !tuple->isTuple) failPickle("calls something with arguments that are no tuple");
  return tuple->items;
}

std::int64_t naturalNumber(const PickleTree& tree, NodeId id, const char* what) {
  const auto* number = tree.as<std::int64_t>(id);
  if (number == nullptr || *number < 0)
    failPickle(std::string("has a tensor whose ") + what + " is " + tree.describe(id) +
               "; expected a number from 0");
  return *number;
}

std::vector<std::int64_t> naturalNumbers(const PickleTree& tree, NodeId id, const char* what) {
  const auto* sequence = tree.as<PickleSequence>(id);
  if (sequence == nullptr) failPickle(std::string("has a tensor whose ") + what + " is " + tree.describe(id));
  if (sequence->items.size() > mostSides)
    failPickle("has a tensor of " + std::to_string(sequence->items.size()) +
               " dimensions; expected at most " + std::to_string(mostSides));
  std::vector<std::int64_t> numbers;
  numbers.reserve(sequence->items.size());
  for (const NodeId item : sequence->items) numbers.push_back(naturalNumber(tree, item, what));
  return numbers;
}

// One past the highest element that the tensor touches; nothing on overflow.
std::optional<std::int64_t> endOf(const TensorPlace& place) {
  const auto elements = checkedElements(place.shape);
  if (!elements) return std::nullopt;
  std::int64_t last = place.offset;
  if (*elements == 0) return last;
  for (std::size_t i = 0; i < place.shape.size(); ++i) {
    std::int64_t reach = 0;
    if (__builtin_mul_overflow(place.shape[i] - 1, place.strides[i], &reach) ||
        __builtin_add_overflow(last, reach, &last))
      return std::nullopt;
  }
  if (__builtin_add_overflow(last, 1, &last)) return std::nullopt;
  return last;
}

bool isEmptyOrNone(const PickleTree& tree, NodeId id) {
  const auto* dict = tree.as<PickleDict>(id);
  return tree.as<PickleNone>(id) != nullptr || (dict != nullptr && dict->entries.empty());
}

// (storage, offset, size, stride, ...)
NodeId placeTensor(PickleTree& tree, const std::vector<NodeId>& arguments) {
  const auto* storage = tree.as<PickleStorage>(arguments[0]);
  if (storage == nullptr)
    failPickle("rebuilds a tensor from " + tree.describe(arguments[0]) + "; expected a storage");
  TensorPlace place{*storage, naturalNumber(tree, arguments[1], "offset"),
                    naturalNumbers(tree, arguments[2], "size"), naturalNumbers(tree, arguments[3], "stride")};
  if (place.shape.size() != place.strides.size())
    failPickle("has a tensor with " + std::to_string(place.shape.size()) + " sides and " +
               std::to_string(place.strides.size()) + " strides");
  tree.copies += place.shape.size();
  const auto end = endOf(place);
  if (!end || *end > storage->elements)
    failPickle("has a tensor of shape " + shapeText(place.shape) + " that reaches outside its storage of " +
               std::to_string(storage->elements) + " elements");
  tree.tensors.push_back(std::move(place));
  tree.nodes.emplace_back(PickleTensor{static_cast<std::uint32_t>(tree.tensors.size() - 1)});
  return static_cast<NodeId>(tree.nodes.size() - 1);
}

// (storage, offset, size, stride, requires_grad, hooks[, metadata])
NodeId rebuildTensor(PickleTree& tree, const std::vector<NodeId>& arguments) {
  if (arguments.size() != 6 && arguments.size() != 7)
    failPickle("rebuilds a tensor from " + std::to_string(arguments.size()) + " arguments; expected 6 or 7");
  if (!isEmptyOrNone(tree, arguments[5]) || (arguments.size() == 7 && !isEmptyOrNone(tree, arguments[6])))
    failPickle("has a tensor with hooks or metadata; expected a plain one");
  return placeTensor(tree, arguments);
}

// (storage, offset, size, stride)
NodeId rebuildPlainTensor(PickleTree& tree, const std::vector<NodeId>& arguments) {
  if (arguments.size() != 4)
    failPickle("rebuilds a tensor from " + std::to_string(arguments.size()) + " arguments; expected 4");
  return placeTensor(tree, arguments);
}

// (tensor, requires_grad, hooks): the tensor itself.
NodeId rebuildParameter(const PickleTree& tree, const std::vector<NodeId>& arguments) {
  if (arguments.size() != 3 || tree.as<PickleTensor>(arguments[0]) == nullptr ||
      !isEmptyOrNone(tree, arguments[2]))
    failPickle("rebuilds a parameter from something else than a tensor");
  return arguments[0];
}

// Python 2 gives an OrderedDict its entries when it is made, as a list of lists of two: it copies them, and
// one list may be copied many times.
NodeId makeOrderedDict(PickleTree& tree, const std::vector<NodeId>& arguments) {
  PickleDict dict;
  if (!arguments.empty()) {
    const auto* list = tree.as<PickleSequence>(arguments[0]);
    if (arguments.size() != 1 || list == nullptr)
      failPickle("makes an OrderedDict from arguments that are no list of pairs");
    tree.copies += list->items.size();
    for (const NodeId item : list->items) {
      const auto* pair = tree.as<PickleSequence>(item);
      if (pair == nullptr || pair->items.size() != 2)
        failPickle("makes an OrderedDict from " + tree.describe(item) + "; expected pairs as arguments");
      dict.entries.emplace_back(pair->items[0], pair->items[1]);
    }
  }
  tree.nodes.emplace_back(std::move(dict));
  return static_cast<NodeId>(tree.nodes.size() - 1);
}

}  // namespace

PickleGlobal globalFromName(std::string_view module, std::string_view name) {
  for (const KnownGlobal& known : knownGlobals)
    if (known.module == module && known.name == name) return known.global;
  failPickle("uses '" + printable(module) + "." + printable(name) +
             "', which is not on the list of harmless names and is not executed; expected a state_dict of "
             "plain tensors" +
             std::string(saveAgain));
}

PickleStorage storageFromId(const PickleTree& tree, NodeId id) {
  const auto* tuple = tree.as<PickleSequence>(id);
  if (tuple == nullptr || (tuple->items.size() != 5 && tuple->items.size() != 6))
    failPickle("refers to something that is no storage");
  const auto& items = tuple->items;
  const auto* tag = tree.as<std::string_view>(items[0]);
  const auto* type = tree.as<PickleGlobal>(items[1]);
  const auto* key = tree.as<std::string_view>(items[2]);
  const auto* location = tree.as<std::string_view>(items[3]);
  if (tag == nullptr || *tag != "storage" || type == nullptr || type->kind != GlobalKind::storageType ||
      key == nullptr || key->empty() || location == nullptr)
    failPickle("refers to something that is no storage");
  if (key->size() > longestStorageKey)
    failPickle("has a storage's key of " + std::to_string(key->size()) + " bytes; expected at most " +
               std::to_string(longestStorageKey));
  if (items.size() == 6 && tree.as<PickleNone>(items[5]) == nullptr)  // only the older format has one
    failPickle("has a storage that is a part of another one; expected whole ones");
  return {*key, type->dtype, naturalNumber(tree, items[4], "storage's length")};
}

NodeId reduceCall(PickleTree& tree, NodeId function, NodeId arguments) {
  const auto* global = tree.as<PickleGlobal>(function);
  if (global == nullptr) failPickle("calls " + tree.describe(function) + ", which is no function");
  const std::vector<NodeId> items = argumentsOf(tree, arguments);
  switch (global->kind) {
    case GlobalKind::rebuildTensor:
      return rebuildTensor(tree, items);
    case GlobalKind::rebuildPlainTensor:
      return rebuildPlainTensor(tree, items);
    case GlobalKind::rebuildParameter:
      return rebuildParameter(tree, items);
    case GlobalKind::orderedDict:
      return makeOrderedDict(tree, items);
    case GlobalKind::size:
      if (items.size() != 1 || tree.as<PickleSequence>(items[0]) == nullptr)
        failPickle("makes a torch.Size from something else than a tuple");
      return items[0];
    case GlobalKind::storageType:
      break;
  }
  failPickle("calls a storage type; expected tensors to be rebuilt from storages in the archive");
}

}  // namespace cut
