// Reading a zip archive whose members are stored as they are, as PyTorch writes it.
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

namespace cut {

struct ZipMember {
  std::string name;
  std::uint64_t size = 0;
  std::uint64_t index = 0;
  bool readable = false;  // stored as it is: neither compressed nor encrypted
  std::uint32_t checksum = 0;
};

// All members are checked when the archive is opened: names unique and without path tricks, sizes of what is
// readable together no more than the file's. Throws wrongFile.
class ZipReader {
 public:
  explicit ZipReader(FileSource file);
  // Borrows the bytes.
  explicit ZipReader(std::span<const std::byte> bytes);

  std::uint64_t fileSize() const noexcept { return fileSize_; }
  const std::vector<ZipMember>& members() const noexcept { return members_; }
  const ZipMember* find(std::string_view name) const;

  // Nobody set one: all are 0. Then none is verified.
  bool lacksChecksums() const noexcept { return lacksChecksums_; }

  // The whole member, its checksum verified. Refuses what is not readable: nothing is ever unpacked.
  std::vector<std::byte> read(const ZipMember& member) const;

 private:
  void list();
  ZipMember examine(std::uint64_t index) const;

  struct Discard {
    void operator()(zip* archive) const noexcept;
  };
  std::unique_ptr<zip, Discard> archive_;
  std::uint64_t fileSize_ = 0;
  bool lacksChecksums_ = false;
  std::vector<ZipMember> members_;
  std::map<std::string_view, std::size_t> byName_;
};

}  // namespace cut
