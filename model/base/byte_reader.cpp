// SPDX-License-Identifier: MIT
#include "base/byte_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "cuttranslate/error.hpp"

namespace cut {
namespace {

// A hint where a shell or a browser would have understood the path.
std::string pathHint(const std::string& path) {
  if (path.starts_with('~')) return "; only a shell expands ~: write the home directory out";
  if (path.find("://") != std::string::npos) return "; a path is expected, not an address";
  return {};
}

[[noreturn]] void failToOpen(int code, const std::string& hint = {}) {
  if (code == ENOENT || code == ENOTDIR) throw Error(ErrorKind::notFound, "there is no such file" + hint);
  throw Error(ErrorKind::io, "cannot be opened: " + std::generic_category().message(code));
}

void refuseIrregular(mode_t mode) {
  if (S_ISREG(mode)) return;
  const char* what = S_ISDIR(mode)    ? "a directory"
                     : S_ISFIFO(mode) ? "a FIFO"
                     : S_ISSOCK(mode) ? "a socket"
                     : S_ISCHR(mode)  ? "a character device"
                     : S_ISBLK(mode)  ? "a block device"
                                      : "not a regular file";
  throw Error(ErrorKind::io, std::string("is ") + what + "; expected a file with weights");
}

}  // namespace

FileSource FileSource::open(const std::filesystem::path& path) {
  if (path.empty()) throw Error(ErrorKind::invalidArgument, "no file is named; expected the path of a model");
  // stat() comes first: opening a device can have side effects.
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) failToOpen(errno, pathHint(path.string()));
  refuseIrregular(status.st_mode);
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) failToOpen(errno);
  FileSource source(descriptor, 0);
  if (::fstat(descriptor, &status) != 0) failToOpen(errno);
  refuseIrregular(status.st_mode);
  source.size_ = static_cast<std::uint64_t>(status.st_size);
  return source;
}

FileSource::FileSource(FileSource&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}

FileSource& FileSource::operator=(FileSource&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  return *this;
}

FileSource::~FileSource() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::vector<std::byte> FileSource::read(std::uint64_t offset, std::size_t count) const {
  const std::uint64_t left = size_ - std::min(offset, size_);
  std::vector<std::byte> bytes(static_cast<std::size_t>(std::min<std::uint64_t>(count, left)));
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got =
        ::pread(descriptor_, bytes.data() + have, bytes.size() - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error(ErrorKind::io, "cannot be read: " + std::generic_category().message(errno));
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

FileSource FileSource::duplicate() const {
  const int descriptor = ::fcntl(descriptor_, F_DUPFD_CLOEXEC, 0);
  if (descriptor < 0) failToOpen(errno);
  return {descriptor, size_};
}

ByteReader::ByteReader(FileSource file) : source_(std::move(file)) {}

ByteReader::ByteReader(std::span<const std::byte> bytes) : source_(bytes) {}

std::uint64_t ByteReader::size() const noexcept {
  if (const auto* file = std::get_if<FileSource>(&source_)) return file->size();
  return std::get_if<std::span<const std::byte>>(&source_)->size();
}

std::vector<std::byte> ByteReader::read(std::uint64_t offset, std::uint64_t count) const {
  const std::uint64_t from = std::min(offset, size());
  const auto most = static_cast<std::size_t>(std::min(count, size() - from));
  if (const auto* file = std::get_if<FileSource>(&source_)) return file->read(from, most);
  const auto part =
      std::get<std::span<const std::byte>>(source_).subspan(static_cast<std::size_t>(from), most);
  return {part.begin(), part.end()};
}

std::vector<std::byte> ByteReader::readExactly(std::uint64_t offset, std::uint64_t count) const {
  std::vector<std::byte> bytes = read(offset, count);
  if (bytes.size() != count)
    throw Error(ErrorKind::wrongFile, "ends within its tensors; the file is truncated or damaged");
  return bytes;
}

}  // namespace cut
