// A file that only grows, written in large pieces.
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
  // An existing one, of which the first `size` bytes stay and the rest is cut off in one step.
  static AppendFile continueAt(const std::filesystem::path& path, std::uint64_t size);

  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&& other) noexcept;
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;
  ~AppendFile();  // what was not flushed is lost

  // Keeps the bytes until there are many, or the last writing was some seconds ago.
  void append(std::string_view bytes);
  // To the file. Throws io, naming file and reason (a full disk); the file then ends where it did
  // before, and the bytes are kept for another try.
  void flush();

 private:
  AppendFile(std::filesystem::path path, int descriptor, std::uint64_t size);

  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;  // of what was written whole
  std::string buffer_;
  std::chrono::steady_clock::time_point flushed_;
};

}  // namespace cut::trainer
