// SPDX-License-Identifier: MIT
#include "formats/pickle_machine.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "base/tensor_checks.hpp"

namespace cut {
namespace {

constexpr std::size_t maxDimensions = 64;
constexpr std::size_t maxStorageKeyBytes = 256;  // a key is copied and looked up for every tensor
constexpr std::size_t maxArguments = 8;          // more than any function here takes

// At most maxArguments of them: many calls can share one long tuple.
std::vector<NodeId> argumentsOf(const PickleTree& tree, NodeId arguments) {
  const auto* tuple = tree.as<PickleSequence>(arguments);
  if (tuple == nullptr || !tuple->isTuple) failPickle("calls something with arguments that are not a tuple");
  const std::size_t count = std::min(tuple->items.size(), maxArguments);
  return {tuple->items.begin(), tuple->items.begin() + static_cast<std::ptrdiff_t>(count)};
}

std::int64_t nonNegative(const PickleTree& tree, NodeId id, const char* what) {
  const auto* number = tree.as<std::int64_t>(id);
  if (number == nullptr || *number < 0)
    failPickle(std::string("has a tensor whose ") + what + " is " + tree.describe(id) +
               "; expected a number from 0");
  return *number;
}

std::vector<std::int64_t> nonNegatives(const PickleTree& tree, NodeId id, const char* what) {
  const auto* sequence = tree.as<PickleSequence>(id);
  if (sequence == nullptr) failPickle(std::string("has a tensor whose ") + what + " is " + tree.describe(id));
  if (sequence->items.size() > maxDimensions)
    failPickle("has a tensor of " + std::to_string(sequence->items.size()) +
               " dimensions; expected at most " + std::to_string(maxDimensions));
  std::vector<std::int64_t> numbers;
  numbers.reserve(sequence->items.size());
  for (const NodeId item : sequence->items) numbers.push_back(nonNegative(tree, item, what));
  return numbers;
}

// One past the last element of the storage that the tensor uses; nothing on overflow.
std::optional<std::int64_t> endOf(const TensorView& view) {
  const auto elements = checkedElements(view.shape);
  if (!elements) return std::nullopt;
  std::int64_t last = view.offset;
  if (*elements == 0) return last;
  for (std::size_t i = 0; i < view.shape.size(); ++i) {
    std::int64_t distance = 0;
    if (__builtin_mul_overflow(view.shape[i] - 1, view.strides[i], &distance) ||
        __builtin_add_overflow(last, distance, &last))
      return std::nullopt;
  }
  if (__builtin_add_overflow(last, 1, &last)) return std::nullopt;
  return last;
}

bool isEmptyOrNone(const PickleTree& tree, NodeId id) {
  const auto* dict = tree.as<PickleDict>(id);
  return tree.as<PickleNone>(id) != nullptr || (dict != nullptr && dict->entries.empty());
}

template <typename Node>
NodeId add(PickleTree& tree, Node node) {
  tree.nodes.emplace_back(std::move(node));
  return static_cast<NodeId>(tree.nodes.size() - 1);
}

NodeId addObject(PickleTree& tree, std::string_view module, std::string_view name) {
  return add(tree, PickleOpaqueObject{{module, name}});
}

// The arguments are (storage, offset, size, stride, ...).
NodeId addTensor(PickleTree& tree, const std::vector<NodeId>& arguments) {
  const auto* storage = tree.as<PickleStorage>(arguments[0]);
  if (storage == nullptr && tree.opaque(arguments[0]) != nullptr) return arguments[0];
  if (storage != nullptr && storage->type->isUnsupported)
    return addObject(tree, "torch", storage->type->name);
  if (storage == nullptr)
    failPickle("rebuilds a tensor from " + tree.describe(arguments[0]) + "; expected a storage");
  TensorView view{*storage, nonNegative(tree, arguments[1], "offset"),
                  nonNegatives(tree, arguments[2], "size"), nonNegatives(tree, arguments[3], "stride")};
  if (view.shape.size() != view.strides.size())
    failPickle("has a tensor with " + std::to_string(view.shape.size()) + " dimensions and " +
               std::to_string(view.strides.size()) + " strides");
  tree.copies += view.shape.size();
  const auto end = endOf(view);
  if (!end || *end > storage->elements)
    failPickle("has a tensor of shape " + shapeText(view.shape) + " that reaches outside its storage of " +
               std::to_string(storage->elements) + " elements");
  tree.tensors.push_back(std::move(view));
  return add(tree, PickleTensor{static_cast<std::uint32_t>(tree.tensors.size() - 1)});
}

// The arguments are (storage, offset, size, stride, requires_grad, hooks[, metadata]).
NodeId rebuildTensor(PickleTree& tree, const std::vector<NodeId>& arguments) {
  if (arguments.size() != 6 && arguments.size() != 7)
    failPickle("rebuilds a tensor from " + std::to_string(arguments.size()) + " arguments; expected 6 or 7");
  if (!isEmptyOrNone(tree, arguments[5]) || (arguments.size() == 7 && !isEmptyOrNone(tree, arguments[6])))
    return addObject(tree, "torch", "Tensor with hooks or metadata");
  return addTensor(tree, arguments);
}

// The arguments are (storage, offset, size, stride), as before PyTorch 0.4.
NodeId rebuildPlainTensor(PickleTree& tree, const std::vector<NodeId>& arguments) {
  if (arguments.size() != 4)
    failPickle("rebuilds a tensor from " + std::to_string(arguments.size()) + " arguments; expected 4");
  return addTensor(tree, arguments);
}

// The arguments are (tensor, requires_grad, hooks[, state]). The state, attributes of the Parameter, is
// dropped.
NodeId rebuildParameter(PickleTree& tree, const std::vector<NodeId>& arguments) {
  if (arguments.size() != 3 && arguments.size() != 4)
    failPickle("rebuilds a parameter from " + std::to_string(arguments.size()) +
               " arguments; expected 3 or 4");
  if (tree.as<PickleTensor>(arguments[0]) == nullptr && tree.opaque(arguments[0]) == nullptr)
    failPickle("rebuilds a parameter from " + tree.describe(arguments[0]) + "; expected a tensor");
  if (!isEmptyOrNone(tree, arguments[2])) return addObject(tree, "torch", "Parameter with hooks");
  return arguments[0];
}

// A function of these modules that rebuilds an object: its arguments name the object's class, which tells
// users more than the function's name.
bool isRebuilding(const PickleOpaque& function) {
  constexpr std::array<std::string_view, 4> modules{"copy_reg", "copyreg", "torch._tensor", "torch._utils"};
  return std::find(modules.begin(), modules.end(), function.module) != modules.end() &&
         function.name != "_rebuild_meta_tensor_no_storage";  // its arguments name the element type only
}

// Gives an object that has nothing but the name of its class or function.
NodeId callOpaque(PickleTree& tree, const PickleOpaque& function, const std::vector<NodeId>& arguments) {
  if (isRebuilding(function))
    for (const NodeId argument : arguments) {
      if (const auto* type = tree.as<PickleOpaque>(argument))
        return addObject(tree, type->module, type->name);
      const auto* storage = tree.as<PickleStorage>(argument);
      if (storage != nullptr && storage->type->isUnsupported)
        return addObject(tree, "torch", storage->type->name);
    }
  return addObject(tree, function.module, function.name);
}

NodeId rebuildPlain(PickleTree& tree, GlobalKind kind, const std::vector<NodeId>& arguments) {
  if (kind == GlobalKind::rebuildTensor) return rebuildTensor(tree, arguments);
  if (kind == GlobalKind::rebuildPlainTensor) return rebuildPlainTensor(tree, arguments);
  if (kind == GlobalKind::rebuildParameter) return rebuildParameter(tree, arguments);
  failPickle("rebuilds a tensor by a function that is not for tensors");
}

// The arguments are (function, class, arguments of the function, state): a plain tensor with attributes, or a
// tensor of a subclass.
NodeId rebuildFromType(PickleTree& tree, const std::vector<NodeId>& arguments) {
  if (arguments.size() != 4)
    failPickle("rebuilds a tensor from " + std::to_string(arguments.size()) + " arguments; expected 4");
  if (const auto* type = tree.as<PickleOpaque>(arguments[1]))
    return addObject(tree, type->module, type->name);
  const std::vector<NodeId> inner = argumentsOf(tree, arguments[2]);
  if (const auto* function = tree.as<PickleOpaque>(arguments[0]))
    return callOpaque(tree, PickleOpaque(*function), inner);
  const auto* function = tree.as<PickleGlobal>(arguments[0]);
  const auto* type = tree.as<PickleGlobal>(arguments[1]);
  if (function == nullptr || type == nullptr || type->kind != GlobalKind::tensorClass)
    failPickle("rebuilds a tensor of " + tree.describe(arguments[1]) + "; expected a class");
  return rebuildPlain(tree, function->kind, inner);
}

// torch.Tensor or Parameter as a function: called with a tensor it gives that tensor.
NodeId callTensorClass(PickleTree& tree, const std::vector<NodeId>& arguments) {
  if (!arguments.empty() && tree.as<PickleTensor>(arguments[0]) != nullptr) return arguments[0];
  return addObject(tree, "torch", "Tensor");
}

// Python 2 passes the entries to the constructor, as a list of pairs. They are copied, and many calls can
// share one list: PickleTree::copies counts them.
NodeId makeOrderedDict(PickleTree& tree, const std::vector<NodeId>& arguments) {
  PickleDict dict;
  if (!arguments.empty()) {
    const auto* list = tree.as<PickleSequence>(arguments[0]);
    if (arguments.size() != 1 || list == nullptr)
      failPickle("makes an OrderedDict from arguments that are not a list of pairs");
    tree.copies += list->items.size();
    for (const NodeId item : list->items) {
      const auto* pair = tree.as<PickleSequence>(item);
      if (pair == nullptr || pair->items.size() != 2)
        failPickle("makes an OrderedDict from " + tree.describe(item) + "; expected pairs as arguments");
      dict.entries.emplace_back(pair->items[0], pair->items[1]);
    }
  }
  return add(tree, std::move(dict));
}

}  // namespace

NodeId resolvePersistentId(PickleTree& tree, NodeId id) {
  const auto* tuple = tree.as<PickleSequence>(id);
  const auto* tag =
      tuple != nullptr && tuple->items.size() > 1 ? tree.as<std::string_view>(tuple->items[0]) : nullptr;
  if (tag != nullptr && *tag == "module" && tree.opaque(tuple->items[1]) != nullptr)
    return tuple->items[1];  // a class, which the legacy format saves with its source
  if (tag == nullptr || *tag != "storage" || (tuple->items.size() != 5 && tuple->items.size() != 6))
    failPickle("refers to something that is not a storage");
  const auto& items = tuple->items;
  const auto* type = tree.as<PickleGlobal>(items[1]);
  const auto* key = tree.as<std::string_view>(items[2]);
  const auto* location = tree.as<std::string_view>(items[3]);
  const bool isOpaque = tree.as<PickleOpaque>(items[1]) != nullptr;
  if ((type == nullptr || type->kind != GlobalKind::storageType) && !isOpaque)
    failPickle("refers to something that is not a storage");
  if (key == nullptr || key->empty() || location == nullptr)
    failPickle("refers to something that is not a storage");
  if (key->size() > maxStorageKeyBytes)
    failPickle("has a storage's key of " + std::to_string(key->size()) + " bytes; expected at most " +
               std::to_string(maxStorageKeyBytes));
  // In the legacy format a sixth item that is not None makes the storage a view of another one.
  if (items.size() == 6 && tree.as<PickleNone>(items[5]) == nullptr)
    failPickle("has a storage that is a part of another one; expected whole storages");
  const std::int64_t elements = nonNegative(tree, items[4], "storage's length");
  return add(tree, PickleStorage{*key, isOpaque ? &unknownElementType() : type->elementType, elements});
}

NodeId reduceCall(PickleTree& tree, NodeId function, NodeId arguments) {
  const std::vector<NodeId> items = argumentsOf(tree, arguments);
  if (const auto* object = tree.as<PickleOpaqueObject>(function))
    return addObject(tree, object->type.module, object->type.name);
  if (const auto* opaque = tree.as<PickleOpaque>(function))
    return callOpaque(tree, PickleOpaque(*opaque), items);
  const auto* global = tree.as<PickleGlobal>(function);
  if (global == nullptr) failPickle("calls " + tree.describe(function) + ", which is not a function");
  switch (global->kind) {
    case GlobalKind::rebuildTensor:
    case GlobalKind::rebuildPlainTensor:
    case GlobalKind::rebuildParameter:
      return rebuildPlain(tree, global->kind, items);
    case GlobalKind::rebuildFromType:
      return rebuildFromType(tree, items);
    case GlobalKind::tensorClass:
      return callTensorClass(tree, items);
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

void setState(PickleTree& tree, NodeId object, NodeId state) {
  if (tree.as<PickleDict>(object) != nullptr || tree.opaque(object) != nullptr) return;
  if (tree.as<PickleTensor>(object) == nullptr)
    failPickle("sets the state of " + tree.describe(object) + "; expected an object or an OrderedDict");
  const auto* tuple = tree.as<PickleSequence>(state);
  const auto replaces = [&](NodeId item) {
    return tree.as<PickleTensor>(item) != nullptr || tree.as<PickleStorage>(item) != nullptr ||
           tree.opaque(item) != nullptr;
  };
  // Before PyTorch 0.4 the state could hold the tensor's data.
  if (tuple != nullptr &&
      (tuple->items.size() > maxArguments || std::any_of(tuple->items.begin(), tuple->items.end(), replaces)))
    tree.nodes[object] = PickleOpaqueObject{{"torch", "Tensor with a state"}};
}

}  // namespace cut
