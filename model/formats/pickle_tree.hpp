// SPDX-License-Identifier: MIT
// The content of a pickle as plain data: nodes in one array that refer to each other by index, so that a
// pickle with cycles or shared parts takes no more memory than its length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cuttranslate/tensor.hpp"

namespace cut {

using NodeId = std::uint32_t;

struct PickleNone {};

struct PickleBytes {
  std::string_view bytes;
};

struct PickleSequence {
  bool isTuple = false;
  std::vector<NodeId> items;
};

struct PickleDict {
  std::vector<std::pair<NodeId, NodeId>> entries;
};

struct PickleTensor {
  std::uint32_t index = 0;  // into PickleTree::tensors
};

// A class or function that is not in our list: it is never executed.
struct PickleOpaque {
  std::string_view module;
  std::string_view name;
};

// What such a class or function would have made. Its content is dropped.
struct PickleOpaqueObject {
  PickleOpaque type;
};

// The classes and functions in our list: those that torch.save writes for tensors.
enum class GlobalKind {
  orderedDict,
  rebuildTensor,
  rebuildPlainTensor,
  rebuildParameter,
  rebuildFromType,
  size,
  storageType,
  tensorClass,
};

// The element type of a storage.
struct ElementType {
  std::string_view name;   // of the storage class
  std::uint8_t width = 0;  // in bytes; 0: unknown
  DType dtype = DType::uint8;
  bool isUnsupported = false;  // DType lacks it
};

struct PickleGlobal {
  GlobalKind kind = GlobalKind::orderedDict;
  const ElementType* elementType = nullptr;  // of a storage class
};

struct PickleStorage {
  std::string_view key;  // names the storage in the file
  const ElementType* type = nullptr;
  std::int64_t elements = 0;

  DType dtype() const noexcept { return type->dtype; }
};

using PickleNode =
    std::variant<PickleNone, bool, std::int64_t, double, std::string_view, PickleBytes, PickleSequence,
                 PickleDict, PickleTensor, PickleOpaque, PickleOpaqueObject, PickleGlobal, PickleStorage>;

// A tensor as a view of its storage; the reader has checked that it lies inside.
struct TensorView {
  PickleStorage storage;
  std::int64_t offset = 0;            // in elements
  std::vector<std::int64_t> shape;    // at most 64 dimensions, none negative
  std::vector<std::int64_t> strides;  // in elements, none negative
};

// Not copyable: strings point into `bytes`, or into a buffer that the caller keeps.
struct PickleTree {
  PickleTree() = default;
  PickleTree(PickleTree&&) = default;
  PickleTree& operator=(PickleTree&&) = default;
  PickleTree(const PickleTree&) = delete;
  PickleTree& operator=(const PickleTree&) = delete;

  std::vector<std::byte> bytes;
  std::vector<PickleNode> nodes;
  std::vector<TensorView> tensors;
  // Dimensions of tensors and entries of dicts: they are copied, and many can be copied from one list.
  std::size_t copies = 0;
  NodeId root = 0;

  template <typename T>
  const T* as(NodeId id) const noexcept {
    return std::get_if<T>(&nodes[id]);
  }

  // The class or function of an opaque node or object; nullptr for any other node.
  const PickleOpaque* opaque(NodeId id) const noexcept {
    const auto* object = as<PickleOpaqueObject>(id);
    return object != nullptr ? &object->type : as<PickleOpaque>(id);
  }

  // The value of a string key.
  std::optional<NodeId> find(const PickleDict& dict, std::string_view key) const noexcept;

  // For messages: "a list", "the string 'x'".
  std::string describe(NodeId id) const;
};

// For messages: "collections.Counter".
std::string textOf(const PickleOpaque& opaque);

// Throws wrongFile: "its pickle <what>".
[[noreturn]] void failPickle(const std::string& what);

// Throws wrongFile where containers nest deeper than 64 levels or contain themselves, where a dict has the
// same string or number as a key twice, and for a string key of over 1024 bytes. Afterwards the tree is safe
// for recursion.
void checkTree(const PickleTree& tree);

// A PickleGlobal where the list has `module.name`, a PickleOpaque otherwise. Borrows the strings.
PickleNode globalNode(std::string_view module, std::string_view name);

// For storage classes that are not in the list: of unknown width.
const ElementType& unknownElementType() noexcept;

}  // namespace cut
