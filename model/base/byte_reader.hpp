// Bytes in a file or in memory, read in parts: what a file claims is checked before what it claims is
// fetched.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "base/file_source.hpp"

namespace cut {

// Move-only.
class ByteReader {
 public:
  explicit ByteReader(FileSource file);
  explicit ByteReader(std::span<const std::byte> bytes);  // borrows them

  std::uint64_t size() const noexcept;

  // `count` bytes from `offset`, or as many as there are.
  std::vector<std::byte> read(std::uint64_t offset, std::uint64_t count) const;

  // All of them; throws wrongFile where the file has become shorter.
  std::vector<std::byte> readExactly(std::uint64_t offset, std::uint64_t count) const;

 private:
  std::variant<FileSource, std::span<const std::byte>> from_;
};

}  // namespace cut
