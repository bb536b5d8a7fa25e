// SPDX-License-Identifier: MIT
// Reading the bytes of a file or of a buffer in memory by their offset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <variant>
#include <vector>

namespace cut {

// An open regular file. Move-only.
class FileSource {
 public:
  // Throws notFound or io; refuses a FIFO, socket or device without opening it, which could block or have
  // side effects.
  static FileSource open(const std::filesystem::path& path);

  FileSource(FileSource&& other) noexcept;
  FileSource& operator=(FileSource&& other) noexcept;
  ~FileSource();

  std::uint64_t size() const noexcept { return size_; }

  // The first bytes, at most `count`.
  std::vector<std::byte> head(std::size_t count) const { return read(0, count); }

  // `count` bytes from `offset`, or as many as there are. Throws io.
  std::vector<std::byte> read(std::uint64_t offset, std::size_t count) const;

  // A second owner of the same open file. Throws io.
  FileSource duplicate() const;

 private:
  FileSource(int descriptor, std::uint64_t size) noexcept : descriptor_(descriptor), size_(size) {}

  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

// A file or a buffer in memory. Move-only.
class ByteReader {
 public:
  explicit ByteReader(FileSource file);
  explicit ByteReader(std::span<const std::byte> bytes);  // borrows them

  std::uint64_t size() const noexcept;

  // `count` bytes from `offset`, or as many as there are.
  std::vector<std::byte> read(std::uint64_t offset, std::uint64_t count) const;

  // All `count` bytes; throws wrongFile where there are fewer.
  std::vector<std::byte> readExactly(std::uint64_t offset, std::uint64_t count) const;

 private:
  std::variant<FileSource, std::span<const std::byte>> source_;
};

}  // namespace cut
