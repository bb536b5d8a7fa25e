#include "weights/legacy_storages.hpp"

#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "cut/error.hpp"
#include "weights/pickle_reader.hpp"
#include "weights/text.hpp"

namespace cut {
namespace {

using namespace std::string_view_literals;

// After PROTO and its number: a LONG1 of 10 bytes, and STOP.
constexpr auto magic = "\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19."sv;
constexpr std::int64_t protocolVersion = 1001;  // the only one there ever was

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorKind::wrongFile, what);
}

using Spans = std::unordered_map<std::string_view, std::span<const std::byte>>;

class LegacyStorages final : public TensorStorages {
 public:
  explicit LegacyStorages(std::vector<std::byte> owned) : owned_(std::move(owned)) {}

  std::span<const std::byte> bytes() const noexcept { return owned_; }
  void setSpans(Spans spans) { spans_ = std::move(spans); }

  void check(const PickleStorage& storage) const override { spanOf(storage); }
  std::vector<std::byte> read(const PickleStorage& storage) const override {
    const auto span = spanOf(storage);
    return {span.begin(), span.end()};
  }

 private:
  std::span<const std::byte> spanOf(const PickleStorage& storage) const {
    const auto found = spans_.find(storage.key);
    if (found == spans_.end())
      fail("lacks the storage '" + printable(storage.key) + "' that a tensor lies in");
    const std::size_t width = bytesPerElement(storage.dtype);
    if (found->second.size() / width != static_cast<std::uint64_t>(storage.elements))
      fail("its storage '" + printable(storage.key) + "' is " + std::to_string(storage.elements) + " " +
           std::string(nameOf(storage.dtype)) + " elements long in one place and not in another");
    return found->second;
  }

  std::vector<std::byte> owned_;
  Spans spans_;
};

// What is left of the file, from front to back.
class Rest {
 public:
  explicit Rest(std::span<const std::byte> bytes) : bytes_(bytes) {}

  PickleTree pickle() {
    std::size_t length = 0;
    PickleTree tree = readLeadingPickle(bytes_, length);
    bytes_ = bytes_.subspan(length);
    return tree;
  }

  std::span<const std::byte> take(std::uint64_t count) {
    if (count > bytes_.size()) fail("ends within its tensors; the file is truncated or damaged");
    const auto taken = bytes_.first(static_cast<std::size_t>(count));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }

  std::size_t size() const noexcept { return bytes_.size(); }

 private:
  std::span<const std::byte> bytes_;
};

void checkVersion(const PickleTree& tree) {
  const auto* version = tree.as<std::int64_t>(tree.root);
  if (version == nullptr || *version != protocolVersion)
    throw Error(ErrorKind::unsupported, "is in the older PyTorch format with the protocol version " +
                                            tree.describe(tree.root) + "; expected " +
                                            std::to_string(protocolVersion));
}

void checkMachine(const PickleTree& tree) {
  const auto* facts = tree.as<PickleDict>(tree.root);
  const auto littleEndian = facts != nullptr ? tree.find(*facts, "little_endian") : std::nullopt;
  const auto* value = littleEndian ? tree.as<bool>(*littleEndian) : nullptr;
  if (value == nullptr || !*value)
    fail("does not say that its numbers are little-endian; save it again on a usual machine");
}

// The width of an element of each storage that the structure names.
std::unordered_map<std::string_view, std::size_t> widths(const PickleTree& tree) {
  std::unordered_map<std::string_view, std::size_t> found;
  for (const PickleNode& node : tree.nodes) {
    const auto* storage = std::get_if<PickleStorage>(&node);
    if (storage == nullptr) continue;
    const std::size_t width = bytesPerElement(storage->dtype);
    if (found.emplace(storage->key, width).first->second != width)
      fail("uses the storage '" + printable(storage->key) + "' with elements of two sizes");
  }
  return found;
}

Spans readSpans(const PickleTree& tree, const PickleTree& keys, Rest& rest) {
  const auto* list = keys.as<PickleSequence>(keys.root);
  if (list == nullptr) fail("has " + keys.describe(keys.root) + " where its storages' keys should be");
  const auto known = widths(tree);
  Spans spans;
  for (const NodeId item : list->items) {
    const auto* key = keys.as<std::string_view>(item);
    const auto width = key != nullptr ? known.find(*key) : known.end();
    if (width == known.end()) fail("lists " + keys.describe(item) + ", which is no storage of its tensors");
    std::int64_t elements = 0;
    std::memcpy(&elements, rest.take(sizeof elements).data(), sizeof elements);
    if (elements < 0 || static_cast<std::uint64_t>(elements) > rest.size() / width->second)
      fail("has a storage of " + std::to_string(elements) +
           " elements, more than the file holds; it is truncated or damaged");
    const auto bytes = rest.take(static_cast<std::uint64_t>(elements) * width->second);
    // The key as the structure has it: that text stays where it is.
    if (!spans.emplace(width->first, bytes).second) fail("has a storage twice; expected each once");
  }
  if (rest.size() > 0) fail("goes on after its last tensor; the file is damaged");
  return spans;
}

OpenedPickle open(std::span<const std::byte> bytes, std::unique_ptr<LegacyStorages> storages) {
  Rest rest(bytes);
  rest.take(magic.size() + 2);
  checkVersion(rest.pickle());
  checkMachine(rest.pickle());
  PickleTree tree = rest.pickle();
  const PickleTree keys = rest.pickle();
  storages->setSpans(readSpans(tree, keys, rest));
  return {std::move(tree), std::move(storages), bytes.size(), /*isZip=*/false};
}

}  // namespace

bool isLegacyFormat(std::span<const std::byte> head) noexcept {
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  return text.size() > 2 && text[0] == '\x80' && text.substr(2).starts_with(magic);
}

OpenedPickle openLegacyFormat(std::vector<std::byte> bytes) {
  auto storages = std::make_unique<LegacyStorages>(std::move(bytes));
  const auto owned = storages->bytes();
  return open(owned, std::move(storages));
}

OpenedPickle openLegacyFormat(std::span<const std::byte> bytes) {
  return open(bytes, std::make_unique<LegacyStorages>(std::vector<std::byte>()));
}

}  // namespace cut
