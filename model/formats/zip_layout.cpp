#include "formats/zip_layout.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "cuttranslate/error.hpp"
#include "formats/known_formats.hpp"

namespace cut {
namespace {

using namespace std::string_view_literals;

// Lengths and positions in the records of PKWARE's APPNOTE, 4.3.
constexpr std::size_t endLength = 22;
constexpr std::size_t longestComment = 0xFFFF;
constexpr std::size_t locatorLength = 20;  // of the zip64 end, in front of the end
constexpr std::size_t longEndLength = 56;
constexpr std::size_t entryLength = 46;
constexpr std::size_t localLength = 30;
constexpr std::uint64_t longestTable = 4 << 20;
constexpr std::uint64_t mostMembers = 10'000;  // libzip hashes their names so that many may share a place
constexpr std::uint64_t inExtra = 0xFFFFFFFF;  // the number is in the zip64 field behind the name

[[noreturn]] void failDamaged(const char* what) {
  throw Error(ErrorKind::wrongFile, std::string("begins as a zip archive but is truncated or damaged (") +
                                        what + "); get it again");
}

// A record of fixed length, or what is behind it; numbers are little-endian.
class Record {
 public:
  Record(std::string_view bytes, std::string_view signature, std::size_t length, const char* what)
      : bytes_(bytes) {
    if (bytes.size() < length || !bytes.starts_with(signature)) failDamaged(what);
  }

  std::uint64_t number(std::size_t at, std::size_t width) const {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes_.substr(at, width).data(), width);
    return value;
  }
  std::string_view behind(std::size_t at, std::uint64_t count) const {
    if (at > bytes_.size() || count > bytes_.size() - at) failDamaged("its table of contents is cut short");
    return bytes_.substr(at, static_cast<std::size_t>(count));
  }

 private:
  std::string_view bytes_;
};

std::string_view textOf(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

constexpr std::uint64_t manyEntries = 0xFFFF;  // the number is in the 64-bit end

struct Table {
  std::uint64_t entries = 0;
  std::uint64_t length = 0;
  std::uint64_t offset = 0;
};

bool agree(const Table& shortEnd, const Table& longEnd) {
  return (shortEnd.entries == manyEntries || shortEnd.entries == longEnd.entries) &&
         (shortEnd.length == inExtra || shortEnd.length == longEnd.length) &&
         (shortEnd.offset == inExtra || shortEnd.offset == longEnd.offset);
}

// Where the end record lies: the one whose comment reaches to the file's end.
std::size_t endPosition(std::string_view tail) {
  std::optional<std::size_t> found;
  for (std::size_t at = tail.find("PK\5\6"sv); at != std::string_view::npos;
       at = tail.find("PK\5\6"sv, at + 1)) {
    if (tail.size() - at < endLength) break;
    std::uint16_t comment = 0;
    std::memcpy(&comment, tail.data() + at + 20, sizeof comment);
    if (at + endLength + comment != tail.size()) continue;
    if (found) failDamaged("it has two ends");
    found = at;
  }
  if (!found) failDamaged("it has no table of contents");
  return *found;
}

// Several archives one behind the other: the last one's table names places in it alone.
bool isAppended(const Table& table, std::uint64_t end, const ReadAt& readAt) {
  if (table.length > end || table.offset >= end - table.length) return false;
  const std::uint64_t begin = end - table.length - table.offset;
  return begin > 0 && textOf(readAt(begin, 4)) == "PK\3\4"sv &&
         textOf(readAt(end - table.length, 4)) == "PK\1\2"sv;
}

void refuseAppended(const Table& table, std::uint64_t end, const ReadAt& readAt) {
  if (isAppended(table, end, readAt))
    throw Error(ErrorKind::wrongFile,
                "is several zip archives, one behind the other: " + std::string(distributedShard));
}

Table findTable(std::uint64_t fileSize, const ReadAt& readAt) {
  const std::uint64_t wanted = endLength + longestComment + locatorLength;
  const std::uint64_t start = fileSize - std::min(fileSize, wanted);
  const std::vector<std::byte> bytes = readAt(start, static_cast<std::size_t>(fileSize - start));
  const std::string_view tail = textOf(bytes);
  const std::size_t at = endPosition(tail);
  const Record end(tail.substr(at), "PK\5\6"sv, endLength, "it has no end");
  const Table table{end.number(10, 2), end.number(12, 4), end.number(16, 4)};
  const std::string_view before = tail.substr(0, at).substr(at - std::min(at, locatorLength));
  if (!before.starts_with("PK\6\7"sv)) {
    if (table.length == inExtra || table.offset == inExtra) failDamaged("its 64-bit end is missing");
    refuseAppended(table, start + at, readAt);
    return table;
  }
  const std::uint64_t behindLongEnd = start + at - locatorLength;
  refuseAppended(table, behindLongEnd - std::min<std::uint64_t>(behindLongEnd, longEndLength), readAt);
  const Record locator(before, "PK\6\7"sv, locatorLength, "its 64-bit end is missing");
  const std::vector<std::byte> longBytes = readAt(locator.number(8, 8), longEndLength);
  const Record longEnd(textOf(longBytes), "PK\6\6"sv, longEndLength, "its 64-bit end is missing");
  // libzip believes the 64-bit end alone, wherever there is one.
  const Table longTable{longEnd.number(32, 8), longEnd.number(40, 8), longEnd.number(48, 8)};
  if (!agree(table, longTable)) failDamaged("its two ends name different tables of contents");
  return longTable;
}

struct Entry {
  std::uint64_t stored = 0;  // bytes of the member as they lie in the file
  std::uint64_t offset = 0;  // of its local record
};

// The numbers that did not fit into 32 bits, in this order: size, stored size, offset.
Entry withExtra(const Record& record, Entry entry, std::string_view extra) {
  while (extra.size() >= 4) {
    std::uint16_t head[2];  // kind and length
    std::memcpy(head, extra.data(), sizeof head);
    std::string_view field = extra.substr(4, head[1]);
    extra.remove_prefix(std::min<std::size_t>(extra.size(), 4U + head[1]));
    if (head[0] != 1) continue;
    const auto next = [&field](std::uint64_t& value) {
      if (field.size() < sizeof value) failDamaged("a member lacks its 64-bit size");
      std::memcpy(&value, field.data(), sizeof value);
      field.remove_prefix(sizeof value);
    };
    std::uint64_t size = 0;
    if (record.number(24, 4) == inExtra) next(size);
    if (entry.stored == inExtra) next(entry.stored);
    if (entry.offset == inExtra) next(entry.offset);
    break;
  }
  return entry;
}

std::uint64_t endOf(const Entry& entry, std::uint64_t limit, const ReadAt& readAt) {
  const std::vector<std::byte> bytes = readAt(entry.offset, localLength);
  const Record local(textOf(bytes), "PK\3\4"sv, localLength, "a member is not where it should be");
  const std::uint64_t header = localLength + local.number(26, 2) + local.number(28, 2);
  if (entry.offset > limit || header > limit - entry.offset || entry.stored > limit - entry.offset - header)
    failDamaged("a member reaches into the table of contents");
  return entry.offset + header + entry.stored;
}

}  // namespace

void checkZipLayout(std::uint64_t fileSize, const ReadAt& readAt) {
  const Table table = findTable(fileSize, readAt);
  if (table.length > longestTable || table.length > fileSize || table.offset > fileSize - table.length)
    failDamaged("its table of contents is not where it should be");
  if (table.entries > mostMembers)
    throw Error(ErrorKind::wrongFile, "is a zip archive of " + std::to_string(table.entries) +
                                          " members; expected at most " + std::to_string(mostMembers));
  const std::vector<std::byte> bytes = readAt(table.offset, static_cast<std::size_t>(table.length));
  std::string_view rest = textOf(bytes);
  std::uint64_t previous = 0;
  for (std::uint64_t i = 0; i < table.entries; ++i) {
    const Record record(rest, "PK\1\2"sv, entryLength, "its table of contents is cut short");
    const std::uint64_t name = record.number(28, 2);
    const std::uint64_t extra = record.number(30, 2);
    const Entry entry = withExtra(record, {record.number(20, 4), record.number(42, 4)},
                                  record.behind(static_cast<std::size_t>(entryLength + name), extra));
    if (entry.offset < previous)
      throw Error(
          ErrorKind::wrongFile,
          "is a zip archive whose members overlap or are out of order; expected one behind the other");
    previous = endOf(entry, table.offset, readAt);
    rest.remove_prefix(record.behind(0, entryLength + name + extra + record.number(32, 2)).size());
  }
  // libzip would go on reading: it takes the number of entries for one modulo 65,536.
  if (!rest.empty()) failDamaged("its table of contents is longer than its entries");
}

}  // namespace cut
