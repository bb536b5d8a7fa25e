// Opening a file for reading without being held up or fooled by what is not a regular file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace cut {

// An open regular file. Move-only.
class FileSource {
 public:
  // Throws notFound or io; never blocks on a FIFO, and opens no device.
  static FileSource open(const std::filesystem::path& path);

  FileSource(FileSource&& other) noexcept;
  FileSource& operator=(FileSource&& other) noexcept;
  ~FileSource();

  std::uint64_t size() const noexcept { return size_; }

  // The first bytes, at most `count`.
  std::vector<std::byte> head(std::size_t count) const { return read(0, count); }

  // `count` bytes from `offset`, or as many as there are.
  std::vector<std::byte> read(std::uint64_t offset, std::size_t count) const;

  // The same file once more, for a reader that keeps it. Throws io.
  FileSource duplicate() const;

  // The descriptor; its new owner closes it.
  int release() noexcept;

 private:
  FileSource(int descriptor, std::uint64_t size) noexcept : descriptor_(descriptor), size_(size) {}

  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace cut
