// SPDX-License-Identifier: MIT
#include "trainer/report/append_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

constexpr std::size_t fullBuffer = 256 << 10;
constexpr std::chrono::seconds longestWait{3};

[[noreturn]] void fail(const std::filesystem::path& path, int code) {
  std::string advice;
  if (code == ENOSPC || code == EDQUOT) advice = "; make room and continue the run";
  throw Error(ErrorKind::io,
              path.string() + ": cannot be written: " + std::generic_category().message(code) + advice);
}

}  // namespace

AppendFile::AppendFile(std::filesystem::path path, int descriptor, std::uint64_t size)
    : path_(std::move(path)),
      descriptor_(descriptor),
      size_(size),
      flushed_(std::chrono::steady_clock::now()) {}

AppendFile AppendFile::create(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (descriptor < 0) fail(path, errno);
  return {path, descriptor, 0};
}

AppendFile AppendFile::continueAt(const std::filesystem::path& path, std::uint64_t size) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) fail(path, errno);
  AppendFile file(path, descriptor, size);
  if (::ftruncate(descriptor, static_cast<off_t>(size)) != 0 || ::fsync(descriptor) != 0 ||
      ::lseek(descriptor, 0, SEEK_END) != static_cast<off_t>(size))
    fail(path, errno);
  return file;
}

AppendFile::AppendFile(AppendFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      buffer_(std::move(other.buffer_)),
      flushed_(other.flushed_) {}

AppendFile& AppendFile::operator=(AppendFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  std::swap(buffer_, other.buffer_);
  std::swap(flushed_, other.flushed_);
  return *this;
}

AppendFile::~AppendFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void AppendFile::append(std::string_view bytes) {
  buffer_ += bytes;
  if (buffer_.size() >= fullBuffer || std::chrono::steady_clock::now() - flushed_ >= longestWait) flush();
}

void AppendFile::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int code = errno;
      // A partial row is truncated again.
      if (::ftruncate(descriptor_, static_cast<off_t>(size_)) == 0)
        ::lseek(descriptor_, static_cast<off_t>(size_), SEEK_SET);
      fail(path_, code);
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  size_ += buffer_.size();
  buffer_.clear();
  flushed_ = std::chrono::steady_clock::now();
}

}  // namespace cut::trainer
