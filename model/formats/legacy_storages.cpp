#include "formats/legacy_storages.hpp"

#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "cuttranslate/error.hpp"
#include "formats/file_signatures.hpp"
#include "formats/pickle_machine.hpp"
#include "formats/pickle_reader.hpp"

namespace cut {
namespace {

using namespace std::string_view_literals;

// After PROTO and its number: a LONG1 of 10 bytes, and STOP.
constexpr auto magic = "\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19."sv;
constexpr std::int64_t protocolVersion = 1001;  // the only one there ever was

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorKind::wrongFile, what);
}

struct Span {
  std::uint64_t begin = 0;  // in the file
  std::uint64_t bytes = 0;
};

using Spans = std::map<std::string_view, Span>;

class LegacyStorages final : public TensorStorages {
 public:
  LegacyStorages(ByteReader reader, Spans spans) : reader_(std::move(reader)), spans_(std::move(spans)) {}

  void check(const PickleStorage& storage) const override { spanOf(storage); }
  std::vector<std::byte> read(const PickleStorage& storage) const override {
    const Span span = spanOf(storage);
    return reader_.readExactly(span.begin, span.bytes);
  }

 private:
  Span spanOf(const PickleStorage& storage) const {
    const auto found = spans_.find(storage.key);
    if (found == spans_.end())
      fail("lacks the storage '" + printable(storage.key) + "' that a tensor lies in");
    const std::size_t width = bytesPerElement(storage.dtype());
    if (found->second.bytes / width != static_cast<std::uint64_t>(storage.elements))
      fail("its storage '" + printable(storage.key) + "' is " + std::to_string(storage.elements) + " " +
           std::string(nameOf(storage.dtype())) + " elements long in one place and not in another");
    return found->second;
  }

  ByteReader reader_;
  Spans spans_;
};

// What is left of the file, from front to back. Nothing is read before it is needed.
class Rest {
 public:
  Rest(const ByteReader& reader, std::uint64_t begin) : reader_(reader), position_(begin) {}

  // Of a pickle only its end tells how long it is: a small part of the file is tried first.
  PickleTree pickle() {
    constexpr std::size_t firstWindow = 64 << 10;
    for (std::size_t window = firstWindow;; window *= 16) {
      std::vector<std::byte> bytes = reader_.read(position_, window);
      try {
        std::size_t length = 0;
        PickleTree tree = readLeadingPickle(bytes, length);
        tree.bytes = std::move(bytes);  // its heap block, which the texts point into, stays
        position_ += length;
        return tree;
      } catch (const TruncatedPickle&) {
        if (window >= maxPickleBytes || window >= size()) throw;
      }
    }
  }

  Span take(std::uint64_t count) {
    if (count > size()) fail("ends within its tensors; the file is truncated or damaged");
    return {std::exchange(position_, position_ + count), count};
  }

  std::int64_t number() {
    std::int64_t value = 0;
    const Span span = take(sizeof value);
    std::memcpy(&value, reader_.readExactly(span.begin, span.bytes).data(), sizeof value);
    return value;
  }

  std::uint64_t size() const noexcept { return reader_.size() - position_; }

 private:
  const ByteReader& reader_;
  std::uint64_t position_;
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
std::map<std::string_view, std::size_t> widths(const PickleTree& tree) {
  std::map<std::string_view, std::size_t> found;
  for (const PickleNode& node : tree.nodes) {
    const auto* storage = std::get_if<PickleStorage>(&node);
    if (storage == nullptr) continue;
    const std::size_t width = storage->type->width;
    if (width == 0)
      fail("has a storage '" + printable(storage->key) +
           "' of a type that is not known, so that its length is not" + std::string(saveAgain));
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
    const std::int64_t elements = rest.number();
    if (elements < 0 || static_cast<std::uint64_t>(elements) > rest.size() / width->second)
      fail("has a storage of " + std::to_string(elements) +
           " elements, more than the file holds; it is truncated or damaged");
    const Span span = rest.take(static_cast<std::uint64_t>(elements) * width->second);
    // The key as the structure has it: that text stays where it is.
    if (!spans.emplace(width->first, span).second) fail("has a storage twice; expected each once");
  }
  if (rest.size() > 0) fail("goes on after its last tensor; the file is damaged");
  return spans;
}

}  // namespace

bool isLegacyFormat(std::span<const std::byte> head) noexcept {
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  return text.size() > 2 && text[0] == '\x80' && text.substr(2).starts_with(magic);
}

OpenedPickle openLegacyFormat(ByteReader reader) {
  Rest rest(reader, magic.size() + 2);
  checkVersion(rest.pickle());
  checkMachine(rest.pickle());
  PickleTree tree = rest.pickle();
  const PickleTree keys = rest.pickle();
  Spans spans = readSpans(tree, keys, rest);
  const std::uint64_t size = reader.size();
  return {std::move(tree), std::make_unique<LegacyStorages>(std::move(reader), std::move(spans)), size,
          /*isZip=*/false, /*lacksChecksums=*/false};
}

}  // namespace cut
