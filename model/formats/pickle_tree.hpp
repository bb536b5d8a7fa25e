// What a pickle holds, as plain data: nodes in one array that refer to each other by number, so that a
// pickle which loops or shares its parts costs no more than its own length.
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

// A class or function that is not known here: never executed, only skipped.
struct PickleOpaque {
  std::string_view module;
  std::string_view name;
};

// What such a class or function would have made. What was put into it is not kept.
struct PickleOpaqueObject {
  PickleOpaque maker;
};

// The names that are known: those that torch.save writes for tensors.
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

// The element type of a storage: one that weights may have, or another whose width alone is known.
struct ElementType {
  std::string_view name;   // of the storage class
  std::uint8_t width = 0;  // bytes; 0: unknown
  DType dtype = DType::uint8;
  bool isForeign = false;  // no DType is the same
};

struct PickleGlobal {
  GlobalKind kind = GlobalKind::orderedDict;
  const ElementType* elements = nullptr;  // of a storage class
};

struct PickleStorage {
  std::string_view key;  // under which its elements lie
  const ElementType* type = nullptr;
  std::int64_t elements = 0;

  DType dtype() const noexcept { return type->dtype; }
};

using PickleNode =
    std::variant<PickleNone, bool, std::int64_t, double, std::string_view, PickleBytes, PickleSequence,
                 PickleDict, PickleTensor, PickleOpaque, PickleOpaqueObject, PickleGlobal, PickleStorage>;

// Where a tensor's elements lie: inside its storage, which the reader has checked.
struct TensorPlace {
  PickleStorage storage;
  std::int64_t offset = 0;            // in elements
  std::vector<std::int64_t> shape;    // up to 64 sides, none negative
  std::vector<std::int64_t> strides;  // in elements, none negative
};

// Texts point into `bytes` or into what was read without a copy, hence not copyable.
struct PickleTree {
  PickleTree() = default;
  PickleTree(PickleTree&&) = default;
  PickleTree& operator=(PickleTree&&) = default;
  PickleTree(const PickleTree&) = delete;
  PickleTree& operator=(const PickleTree&) = delete;

  std::vector<std::byte> bytes;
  std::vector<PickleNode> nodes;
  std::vector<TensorPlace> tensors;
  std::size_t copies = 0;  // sides of tensors and entries of dicts, which many may take from the same list
  NodeId root = 0;

  template <typename T>
  const T* as(NodeId id) const noexcept {
    return std::get_if<T>(&nodes[id]);
  }

  // The class or function, also of an object; nullptr where the node is neither.
  const PickleOpaque* opaque(NodeId id) const noexcept {
    const auto* object = as<PickleOpaqueObject>(id);
    return object != nullptr ? &object->maker : as<PickleOpaque>(id);
  }

  // The value under a text key of a dict.
  std::optional<NodeId> find(const PickleDict& dict, std::string_view key) const noexcept;

  // "a list", "the text 'x'", as messages show it.
  std::string describe(NodeId id) const;
};

// "collections.Counter", as messages show it.
std::string textOf(const PickleOpaque& opaque);

// Throws wrongFile: "its pickle <what>".
[[noreturn]] void failPickle(const std::string& what);

// Throws wrongFile where containers nest deeper than 64 or loop, or a dict has a text or a number for a key
// twice, or a text of over 1024 bytes. After it, recursion over the tree ends.
void checkTree(const PickleTree& tree);

}  // namespace cut
