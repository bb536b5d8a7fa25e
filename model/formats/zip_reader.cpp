// SPDX-License-Identifier: MIT
#include "formats/zip_archive.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/text.hpp"
#include "cuttranslate/error.hpp"
#include "formats/file_signatures.hpp"

namespace cut {
namespace {

using namespace std::string_view_literals;

// Lengths of the records in PKWARE's APPNOTE, 4.3, without their variable parts.
constexpr std::size_t localHeaderLength = 30;
constexpr std::size_t entryLength = 46;
constexpr std::size_t endLength = 22;
constexpr std::size_t zip64EndLength = 56;
constexpr std::size_t zip64LocatorLength = 20;

constexpr std::size_t maxComment = 0xFFFF;
constexpr std::uint64_t maxDirectoryBytes = 4 << 20;
constexpr std::uint64_t maxMembers = 10'000;   // each costs a read of its local header
constexpr std::uint64_t inZip64 = 0xFFFFFFFF;  // a number that the zip64 record or extra field has
constexpr std::uint64_t manyEntries = 0xFFFF;  // the same of the number of entries

constexpr std::uint64_t methodStored = 0;
constexpr std::uint64_t flagEncrypted = 1;
constexpr std::uint64_t flagDataDescriptor = 8;  // checksum and sizes follow the content

[[noreturn]] void failDamaged(const char* what) {
  throw Error(ErrorKind::wrongFile, std::string("begins as a zip archive but is truncated or damaged (") +
                                        what + "); get it again");
}

[[noreturn]] void failMember(std::string_view name, const std::string& what) {
  throw Error(ErrorKind::wrongFile, "its zip member '" + printable(name) + "' " + what);
}

std::string_view textOf(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A record, whose numbers are little-endian. Borrows the bytes.
class Record {
 public:
  Record(std::string_view bytes, std::string_view signature, std::size_t length, const char* failure)
      : bytes_(bytes) {
    if (bytes.size() < length || !bytes.starts_with(signature)) failDamaged(failure);
  }

  std::uint64_t number(std::size_t at, std::size_t width) const {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes_.substr(at, width).data(), width);
    return value;
  }
  std::string_view part(std::size_t at, std::uint64_t count) const {
    if (at > bytes_.size() || count > bytes_.size() - at) failDamaged("its central directory is cut short");
    return bytes_.substr(at, static_cast<std::size_t>(count));
  }

 private:
  std::string_view bytes_;
};

struct Directory {
  std::uint64_t entries = 0;
  std::uint64_t length = 0;
  std::uint64_t offset = 0;
};

bool agree(const Directory& end, const Directory& zip64) {
  return (end.entries == manyEntries || end.entries == zip64.entries) &&
         (end.length == inZip64 || end.length == zip64.length) &&
         (end.offset == inZip64 || end.offset == zip64.offset);
}

// The position of the end record: the one whose comment reaches to the file's end.
std::size_t endPosition(std::string_view tail) {
  std::optional<std::size_t> found;
  for (std::size_t at = tail.find("PK\5\6"sv); at != std::string_view::npos;
       at = tail.find("PK\5\6"sv, at + 1)) {
    if (tail.size() - at < endLength) break;
    std::uint16_t comment = 0;
    std::memcpy(&comment, tail.data() + at + 20, sizeof comment);
    if (at + endLength + comment != tail.size()) continue;
    if (found) failDamaged("it has two end records");
    found = at;
  }
  if (!found) failDamaged("it has no central directory");
  return *found;
}

// torch.distributed.checkpoint writes one archive behind the other. The offsets in the last one count from
// its own beginning.
void refuseAppended(const Directory& directory, std::uint64_t end, const ByteReader& file) {
  if (directory.length > end || directory.offset >= end - directory.length) return;
  const std::uint64_t begin = end - directory.length - directory.offset;
  if (begin > 0 && textOf(file.read(begin, 4)) == "PK\3\4"sv &&
      textOf(file.read(end - directory.length, 4)) == "PK\1\2"sv)
    throw Error(ErrorKind::wrongFile,
                "is several zip archives, one behind the other: " + std::string(distributedShard));
}

// The directory must lie directly before the first of the end records.
void checkPosition(const Directory& directory, std::uint64_t end) {
  if (directory.length > maxDirectoryBytes || directory.length > end ||
      directory.offset != end - directory.length)
    failDamaged("its central directory is not where it should be");
  if (directory.entries > maxMembers)
    throw Error(ErrorKind::wrongFile, "is a zip archive of " + std::to_string(directory.entries) +
                                          " members; expected at most " + std::to_string(maxMembers));
}

Directory findDirectory(const ByteReader& file) {
  constexpr std::uint64_t longestTail = endLength + maxComment + zip64LocatorLength;
  const std::uint64_t start = file.size() - std::min(file.size(), longestTail);
  const std::vector<std::byte> bytes = file.read(start, longestTail);
  const std::string_view tail = textOf(bytes);
  const std::size_t at = endPosition(tail);
  const Record end(tail.substr(at), "PK\5\6"sv, endLength, "it has no end record");
  const Directory directory{end.number(10, 2), end.number(12, 4), end.number(16, 4)};
  if (end.number(4, 4) != 0 || end.number(8, 2) != directory.entries) failDamaged("it spans several disks");
  const std::string_view before = tail.substr(0, at).substr(at - std::min(at, zip64LocatorLength));
  if (!before.starts_with("PK\6\7"sv)) {
    if (directory.length == inZip64 || directory.offset == inZip64)
      failDamaged("its zip64 end record is missing");
    refuseAppended(directory, start + at, file);
    checkPosition(directory, start + at);
    return directory;
  }
  const std::uint64_t locatorPosition = start + at - zip64LocatorLength;
  refuseAppended(directory, locatorPosition - std::min<std::uint64_t>(locatorPosition, zip64EndLength), file);
  const Record locator(before, "PK\6\7"sv, zip64LocatorLength, "its zip64 end record is missing");
  const std::uint64_t zip64Position = locator.number(8, 8);
  const std::vector<std::byte> zip64Bytes = file.read(zip64Position, zip64EndLength);
  const Record zip64(textOf(zip64Bytes), "PK\6\6"sv, zip64EndLength, "its zip64 end record is missing");
  const Directory zip64Directory{zip64.number(32, 8), zip64.number(40, 8), zip64.number(48, 8)};
  if (zip64.number(16, 8) != 0 || zip64.number(24, 8) != zip64Directory.entries)
    failDamaged("it spans several disks");
  if (!agree(directory, zip64Directory)) failDamaged("its end records name different central directories");
  checkPosition(zip64Directory, zip64Position);
  return zip64Directory;
}

// What the central directory says of a member.
struct Entry {
  std::string_view name;
  std::uint64_t flags = 0;
  std::uint64_t method = 0;
  std::uint64_t checksum = 0;
  std::uint64_t size = 0;
  std::uint64_t storedSize = 0;
  std::uint64_t offset = 0;  // of the local header
  std::uint64_t length = 0;  // of the record in the directory
};

// The zip64 extra field has the numbers that do not fit into 32 bits, in this order.
void readZip64(Entry& entry, std::string_view extra) {
  while (extra.size() >= 4) {
    std::uint16_t header[2];  // kind and length
    std::memcpy(header, extra.data(), sizeof header);
    std::string_view field = extra.substr(4, header[1]);
    extra.remove_prefix(std::min<std::size_t>(extra.size(), 4U + header[1]));
    if (header[0] != 1) continue;
    for (std::uint64_t* value : {&entry.size, &entry.storedSize, &entry.offset}) {
      if (*value != inZip64) continue;
      if (field.size() < sizeof *value) failDamaged("a member lacks its 64-bit size");
      std::memcpy(value, field.data(), sizeof *value);
      field.remove_prefix(sizeof *value);
    }
    return;
  }
}

Entry readEntry(std::string_view directory) {
  const Record record(directory, "PK\1\2"sv, entryLength, "its central directory is cut short");
  const std::uint64_t nameLength = record.number(28, 2);
  const std::uint64_t extraLength = record.number(30, 2);
  Entry entry{.name = record.part(entryLength, nameLength),
              .flags = record.number(8, 2),
              .method = record.number(10, 2),
              .checksum = record.number(16, 4),
              .size = record.number(24, 4),
              .storedSize = record.number(20, 4),
              .offset = record.number(42, 4),
              .length = entryLength + nameLength + extraLength + record.number(32, 2)};
  readZip64(entry, record.part(static_cast<std::size_t>(entryLength + nameLength), extraLength));
  record.part(0, entry.length);
  return entry;
}

// Another reader may trust the local header, in which the file must be the same.
void checkLocalHeader(const Record& local, std::string_view name, const Entry& entry) {
  const bool isDescribedLater = (entry.flags & flagDataDescriptor) != 0;
  const auto differs = [&](std::size_t at, std::uint64_t expected) {
    const std::uint64_t value = local.number(at, 4);
    return value != expected && !(isDescribedLater && value == 0);
  };
  const auto sizeDiffers = [&](std::size_t at, std::uint64_t expected) {
    return local.number(at, 4) != inZip64 && differs(at, expected);
  };
  if (name != entry.name || local.number(8, 2) != entry.method ||
      (local.number(6, 2) & flagEncrypted) != (entry.flags & flagEncrypted) || differs(14, entry.checksum) ||
      sizeDiffers(18, entry.storedSize) || sizeDiffers(22, entry.size))
    failMember(entry.name, "is not the same in its own header and in the central directory; it is damaged");
}

// The position of the content; `limit` is where the central directory begins.
std::uint64_t contentOffset(const Entry& entry, std::uint64_t limit, const ByteReader& file) {
  const std::vector<std::byte> bytes = file.read(entry.offset, localHeaderLength + entry.name.size());
  const std::string_view text = textOf(bytes);
  const Record local(text, "PK\3\4"sv, localHeaderLength, "a member is not where it should be");
  const std::uint64_t nameLength = local.number(26, 2);
  const std::uint64_t header = localHeaderLength + nameLength + local.number(28, 2);
  if (entry.offset > limit || header > limit - entry.offset ||
      entry.storedSize > limit - entry.offset - header)
    failDamaged("a member reaches into the central directory");
  checkLocalHeader(local, text.substr(localHeaderLength, static_cast<std::size_t>(nameLength)), entry);
  return entry.offset + header;
}

// Absolute, or with a part that leaves the folder or means no file.
bool isUnsafePath(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find('\\') != std::string_view::npos) return true;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string_view part = name.substr(begin, end - begin);
    if (part == "." || part == ".." || (part.empty() && end != name.size())) return true;
    begin = end + 1;
  }
  return false;
}

ZipMember memberOf(const Entry& entry, std::uint64_t offset) {
  if (isUnsafePath(entry.name)) failMember(entry.name, "has a name that is not a plain relative path");
  const bool isStored = entry.method == methodStored && (entry.flags & flagEncrypted) == 0;
  if (isStored && entry.size != entry.storedSize)
    failMember(entry.name, "is stored uncompressed but has two different sizes; it is damaged");
  return {std::string(entry.name), entry.size, offset, static_cast<std::uint32_t>(entry.checksum), isStored};
}

std::vector<ZipMember> readMembers(const ByteReader& file) {
  const Directory directory = findDirectory(file);
  const std::vector<std::byte> bytes = file.read(directory.offset, directory.length);
  std::string_view rest = textOf(bytes);
  std::vector<ZipMember> members;
  std::uint64_t previousEnd = 0;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    const Entry entry = readEntry(rest);
    if (entry.offset < previousEnd)
      throw Error(
          ErrorKind::wrongFile,
          "is a zip archive whose members overlap or are out of order; expected one behind the other");
    const std::uint64_t offset = contentOffset(entry, directory.offset, file);
    members.push_back(memberOf(entry, offset));
    previousEnd = offset + entry.storedSize;
    rest.remove_prefix(static_cast<std::size_t>(entry.length));
  }
  if (!rest.empty()) failDamaged("its central directory is longer than its entries");
  return members;
}

}  // namespace

ZipReader::ZipReader(ByteReader file) : file_(std::move(file)), members_(readMembers(file_)) {
  for (std::size_t i = 0; i < members_.size(); ++i)
    if (!byName_.emplace(members_[i].name, i).second)
      failMember(members_[i].name, "is there twice; expected unique names");
  lacksChecksums_ =
      std::all_of(members_.begin(), members_.end(), [](const ZipMember& m) { return m.checksum == 0; }) &&
      std::any_of(members_.begin(), members_.end(), [](const ZipMember& m) { return m.size > 0; });
}

const ZipMember* ZipReader::find(std::string_view name) const {
  const auto found = byName_.find(name);
  return found == byName_.end() ? nullptr : &members_[found->second];
}

std::vector<std::byte> ZipReader::read(const ZipMember& member) const {
  if (!member.isStored)
    failMember(member.name,
               "is compressed or encrypted; PyTorch stores members as they are: save the file again");
  std::vector<std::byte> bytes = file_.readExactly(member.offset, member.size);
  const auto checksum = crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  if (!lacksChecksums_ && checksum != member.checksum)
    failMember(member.name, "is damaged (CRC error); get it again");
  return bytes;
}

}  // namespace cut
