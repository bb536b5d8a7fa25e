// SPDX-License-Identifier: MIT
// An append-only file with a buffer.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace cut::trainer {

class AppendFile {
 public:
  // A new file; throws io where it cannot be made, or is there already.
  static AppendFile create(const std::filesystem::path& path);
  // An existing file, truncated to its first `size` bytes.
  static AppendFile continueAt(const std::filesystem::path& path, std::uint64_t size);

  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&& other) noexcept;
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;
  ~AppendFile();  // without a flush

  // Buffers the bytes; flushes when the buffer is full or the last flush was some seconds ago.
  void append(std::string_view bytes);
  // Writes the buffer. Throws io, naming file and reason (a full disk); the file then keeps its
  // former size, and the bytes stay in the buffer for another try.
  void flush();

 private:
  AppendFile(std::filesystem::path path, int descriptor, std::uint64_t size);

  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;  // flushed
  std::string buffer_;
  std::chrono::steady_clock::time_point flushed_;
};

}  // namespace cut::trainer
