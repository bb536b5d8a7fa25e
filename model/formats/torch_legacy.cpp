// SPDX-License-Identifier: MIT
// Opening torch.save's legacy format.
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
#include "formats/torch_storages.hpp"

namespace cut {
namespace {

using namespace std::string_view_literals;

// Behind the opcode PROTO and its number: a LONG1 of 10 bytes and STOP.
constexpr auto magic = "\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19."sv;
constexpr std::int64_t protocolVersion = 1001;  // the only one that PyTorch ever wrote

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorKind::wrongFile, what);
}

struct ByteRange {
  std::uint64_t begin = 0;  // in the file
  std::uint64_t bytes = 0;
};

using ByteRanges = std::map<std::string_view, ByteRange>;  // by the storage's key

class LegacyStorages final : public TorchStorages {
 public:
  LegacyStorages(ByteReader reader, ByteRanges ranges)
      : reader_(std::move(reader)), ranges_(std::move(ranges)) {}

  void check(const PickleStorage& storage) const override { rangeOf(storage); }
  std::vector<std::byte> read(const PickleStorage& storage) const override {
    const ByteRange range = rangeOf(storage);
    return reader_.readExactly(range.begin, range.bytes);
  }

 private:
  ByteRange rangeOf(const PickleStorage& storage) const {
    const auto found = ranges_.find(storage.key);
    if (found == ranges_.end())
      fail("lacks the storage '" + printable(storage.key) + "' that a tensor lies in");
    const std::size_t width = bytesPerElement(storage.dtype());
    if (found->second.bytes / width != static_cast<std::uint64_t>(storage.elements))
      fail("its storage '" + printable(storage.key) + "' has " + std::to_string(storage.elements) + " " +
           std::string(nameOf(storage.dtype())) + " elements in the pickle and another length in the file");
    return found->second;
  }

  ByteReader reader_;
  ByteRanges ranges_;
};

// Reads the file from front to back, no more of it than is needed.
class Cursor {
 public:
  Cursor(const ByteReader& reader, std::uint64_t begin) : reader_(reader), position_(begin) {}

  // A pickle does not say how long it is: a small window is tried first, larger ones as long as it is cut
  // short.
  PickleTree pickle() {
    constexpr std::size_t firstWindow = 64 << 10;
    for (std::size_t window = firstWindow;; window *= 16) {
      std::vector<std::byte> bytes = reader_.read(position_, window);
      try {
        std::size_t length = 0;
        PickleTree tree = readLeadingPickle(bytes, length);
        tree.bytes = std::move(bytes);  // keeps its heap block, into which the strings point
        position_ += length;
        return tree;
      } catch (const TruncatedPickle&) {
        if (window >= maxPickleBytes || window >= left()) throw;
      }
    }
  }

  ByteRange take(std::uint64_t count) {
    if (count > left()) fail("ends within its tensors; the file is truncated or damaged");
    return {std::exchange(position_, position_ + count), count};
  }

  std::int64_t number() {
    std::int64_t value = 0;
    const ByteRange range = take(sizeof value);
    std::memcpy(&value, reader_.readExactly(range.begin, range.bytes).data(), sizeof value);
    return value;
  }

  std::uint64_t left() const noexcept { return reader_.size() - position_; }

 private:
  const ByteReader& reader_;
  std::uint64_t position_;
};

void checkVersion(const PickleTree& tree) {
  const auto* version = tree.as<std::int64_t>(tree.root);
  if (version == nullptr || *version != protocolVersion)
    throw Error(ErrorKind::unsupported, "is in PyTorch's legacy format with the protocol version " +
                                            tree.describe(tree.root) + "; expected " +
                                            std::to_string(protocolVersion));
}

void checkMachine(const PickleTree& tree) {
  const auto* facts = tree.as<PickleDict>(tree.root);
  const auto littleEndian = facts != nullptr ? tree.find(*facts, "little_endian") : std::nullopt;
  const auto* value = littleEndian ? tree.as<bool>(*littleEndian) : nullptr;
  if (value == nullptr || !*value)
    fail("does not say that its numbers are little-endian; save it again on a little-endian machine");
}

// The bytes per element of each storage that the structure names.
std::map<std::string_view, std::size_t> elementWidths(const PickleTree& tree) {
  std::map<std::string_view, std::size_t> found;
  for (const PickleNode& node : tree.nodes) {
    const auto* storage = std::get_if<PickleStorage>(&node);
    if (storage == nullptr) continue;
    const std::size_t width = storage->type->width;
    if (width == 0)
      fail("has a storage '" + printable(storage->key) +
           "' of an unknown type, so that its length is unknown" + std::string(saveAgainHint));
    if (found.emplace(storage->key, width).first->second != width)
      fail("uses the storage '" + printable(storage->key) + "' with elements of two sizes");
  }
  return found;
}

ByteRanges readRanges(const PickleTree& tree, const PickleTree& keys, Cursor& cursor) {
  const auto* list = keys.as<PickleSequence>(keys.root);
  if (list == nullptr) fail("has " + keys.describe(keys.root) + " where its storages' keys should be");
  const auto known = elementWidths(tree);
  ByteRanges ranges;
  for (const NodeId item : list->items) {
    const auto* key = keys.as<std::string_view>(item);
    const auto width = key != nullptr ? known.find(*key) : known.end();
    if (width == known.end())
      fail("lists " + keys.describe(item) + ", which is not a storage of its tensors");
    const std::int64_t elements = cursor.number();
    if (elements < 0 || static_cast<std::uint64_t>(elements) > cursor.left() / width->second)
      fail("has a storage of " + std::to_string(elements) +
           " elements, more than the file holds; it is truncated or damaged");
    const ByteRange range = cursor.take(static_cast<std::uint64_t>(elements) * width->second);
    // Maps the key of the structure's tree: its string outlives `keys`.
    if (!ranges.emplace(width->first, range).second) fail("has a storage twice; expected unique keys");
  }
  if (cursor.left() > 0) fail("goes on after its last tensor; the file is damaged");
  return ranges;
}

}  // namespace

bool isTorchLegacy(std::span<const std::byte> head) noexcept {
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  return text.size() > 2 && text[0] == '\x80' && text.substr(2).starts_with(magic);
}

TorchFile openTorchLegacy(ByteReader reader) {
  Cursor cursor(reader, magic.size() + 2);
  checkVersion(cursor.pickle());
  checkMachine(cursor.pickle());
  PickleTree tree = cursor.pickle();
  const PickleTree keys = cursor.pickle();
  ByteRanges ranges = readRanges(tree, keys, cursor);
  const std::uint64_t size = reader.size();
  return {std::move(tree), std::make_unique<LegacyStorages>(std::move(reader), std::move(ranges)), size,
          /*isZip=*/false, /*lacksChecksums=*/false};
}

}  // namespace cut
