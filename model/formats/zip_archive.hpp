// SPDX-License-Identifier: MIT
// Zip archives of stored members, as PyTorch writes them.
//
// The reader is our own and libzip writes. libzip reads archives whose members overlap, does not tell where a
// member lies, and hashes the names of all members before their number can be limited: hostile files that
// must be refused at little cost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_reader.hpp"

struct zip;
struct zip_source;

namespace cut {

struct ZipMember {
  std::string name;
  std::uint64_t size = 0;
  std::uint64_t offset = 0;  // of the content in the file
  std::uint32_t checksum = 0;
  bool isStored = false;  // neither compressed nor encrypted
};

// Opening checks everything but contents: at most 10,000 members lie one behind the other in the order of the
// central directory, which follows them; names are unique, plain paths; local headers agree with the
// directory. Throws wrongFile.
class ZipReader {
 public:
  explicit ZipReader(ByteReader file);
  explicit ZipReader(std::span<const std::byte> bytes) : ZipReader(ByteReader(bytes)) {}  // borrows them

  std::uint64_t fileSize() const noexcept { return file_.size(); }
  const std::vector<ZipMember>& members() const noexcept { return members_; }
  const ZipMember* find(std::string_view name) const;

  // The checksums of all members are 0, so that none is verified.
  bool lacksChecksums() const noexcept { return lacksChecksums_; }

  // The content of a stored member. Throws wrongFile for any other and where the checksum differs.
  std::vector<std::byte> read(const ZipMember& member) const;

 private:
  ByteReader file_;
  bool lacksChecksums_ = false;
  std::vector<ZipMember> members_;
  std::map<std::string_view, std::size_t> byName_;
};

// The same members give the same bytes.
class ZipWriter {
 public:
  ZipWriter();

  // Borrows the bytes until finish().
  void add(const std::string& name, std::span<const std::byte> bytes);

  // The whole archive; the writer cannot be used after it.
  std::vector<std::byte> finish();

 private:
  struct Discard {
    void operator()(zip* archive) const noexcept;
  };
  struct Free {
    void operator()(zip_source* source) const noexcept;
  };
  std::unique_ptr<zip_source, Free> buffer_;
  std::unique_ptr<zip, Discard> archive_;  // destroyed before the buffer that it writes to
};

}  // namespace cut
