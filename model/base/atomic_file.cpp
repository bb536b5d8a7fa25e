// SPDX-License-Identifier: MIT
#include "base/atomic_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "cuttranslate/error.hpp"

namespace cut {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& reason) {
  throw Error(ErrorKind::io, path.string() + ": cannot be written: " + reason);
}

[[noreturn]] void fail(const std::filesystem::path& path, int code) {
  fail(path, std::generic_category().message(code));
}

// A new file in the folder of `target`; the destructor removes it unless commit() has renamed it.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::filesystem::path& target) : target_(target) {
    static std::atomic<unsigned> counter{0};
    std::string name = ".";
    name += target.filename().string();
    for (const auto number : {static_cast<unsigned>(::getpid()), counter++})
      name += "." + std::to_string(number);
    path_ = target.parent_path() / (name + ".tmp");
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (descriptor_ < 0) fail(target, errno);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail(target_, errno);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }

  void commit() {
    if (::fsync(descriptor_) != 0) fail(target_, errno);
    if (::close(std::exchange(descriptor_, -1)) != 0) fail(target_, errno);
    if (::rename(path_.c_str(), target_.c_str()) != 0) fail(target_, errno);
    path_.clear();
  }

 private:
  const std::filesystem::path& target_;
  std::filesystem::path path_;
  int descriptor_ = -1;
};

// rename() would replace a device or FIFO by a regular file.
void refuseIrregularTarget(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
    fail(path, S_ISDIR(status.st_mode) ? "it is a directory" : "it is not a regular file");
}

// Makes the rename durable across a power cut. Errors are ignored: not every file system can sync a folder,
// and the file itself is already complete.
void syncFolder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

void writeFileAtomically(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  if (path.filename().empty()) fail(path, "the path has no file name");
  refuseIrregularTarget(path);
  std::error_code ignored;
  // A symbolic link stays one: the file that it points to is replaced.
  const auto target =
      std::filesystem::is_symlink(path, ignored) ? std::filesystem::canonical(path, ignored) : path;
  if (target.empty()) fail(path, "it is a link to a file that does not exist");
  TemporaryFile file(target);
  file.write(bytes);
  file.commit();
  syncFolder(target.parent_path());
}

}  // namespace cut
