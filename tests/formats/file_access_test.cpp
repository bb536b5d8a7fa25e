// SPDX-License-Identifier: MIT
// Reading and writing of files: irregular files, files that cannot be written, temporary files and
// descriptors.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <fstream>

#include "base/atomic_file.hpp"
#include "crafted.hpp"
#include "cuttranslate/model_file.hpp"
#include "formats/model_writer.hpp"
#include "tiny_model.hpp"

namespace cut {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class FileAccess : public testing::Test {
 protected:
  fs::path at(const char* name) const { return folder_.path() / name; }

  test::Refusal reading(const fs::path& path) const {
    return test::refusalOf([&] { readModelFile(path); });
  }

  test::Refusal writing(const fs::path& path) const {
    return test::refusalOf([&] { writeModelFile(path, test::tinyModel()); });
  }

  std::size_t entries() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()));
  }

  test::TemporaryFolder folder_;
};

TEST_F(FileAccess, RefusesFifosSocketsDevicesAndFoldersWithoutBlocking) {
  ASSERT_EQ(::mkfifo(at("fifo").c_str(), 0600), 0);  // opening it for reading blocks for ever
  EXPECT_THAT(reading(at("fifo")).message, HasSubstr("is a FIFO"));
  EXPECT_THAT(reading(folder_.path()).message, HasSubstr("is a directory"));
  EXPECT_THAT(reading("/dev/zero").message, HasSubstr("is a character device"));
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  std::strncpy(address.sun_path, at("socket").c_str(), sizeof address.sun_path - 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_THAT(reading(at("socket")).message, HasSubstr("is a socket"));
  ::close(socket);
  EXPECT_EQ(reading(at("fifo")).kind, ErrorKind::io);
}

TEST_F(FileAccess, ReportsMissingFiles) {
  EXPECT_EQ(reading(at("nothing.pt")).kind, ErrorKind::notFound);
  std::ofstream(at("file")) << "x";
  EXPECT_EQ(reading(at("file") / "below.pt").kind, ErrorKind::notFound);
  EXPECT_EQ(reading("").kind, ErrorKind::invalidArgument);
}

TEST_F(FileAccess, ReadsThroughASymbolicLink) {
  test::writeTinyModel(folder_.path());
  fs::create_symlink("tiny.pt", at("link.pt"));
  EXPECT_NO_THROW(readModelFile(at("link.pt")));
}

TEST_F(FileAccess, ReadsTheSameFromDiskAndMemory) {
  const fs::path path = test::writeTinyModel(folder_.path());
  EXPECT_EQ(readModelFile(path).weights, readModelFile(modelFileBytes(test::tinyModel())).weights);
}

TEST_F(FileAccess, LeaksNoFileDescriptor) {
  const fs::path path = test::writeTinyModel(folder_.path());
  std::ofstream(at("bad.pt")) << "PK\x03\x04";
  const int before = ::open("/dev/null", O_RDONLY);
  ::close(before);
  for (int i = 0; i < 5; ++i) {
    readModelFile(path);
    reading(at("bad.pt"));
    writing(path);
    writing(folder_.path());
  }
  const int after = ::open("/dev/null", O_RDONLY);
  ::close(after);
  EXPECT_EQ(after, before);
}

TEST_F(FileAccess, WritingReplacesTheFileAndLeavesNoTemporary) {
  std::ofstream(at("model.pt")) << "old";
  writeModelFile(at("model.pt"), test::tinyModel());
  EXPECT_NO_THROW(readModelFile(at("model.pt")));
  EXPECT_EQ(entries(), 1U);
}

TEST_F(FileAccess, WritingReplacesTheTargetOfASymbolicLink) {
  std::ofstream(at("model.pt")) << "old";
  fs::create_symlink("model.pt", at("link.pt"));
  writeModelFile(at("link.pt"), test::tinyModel());
  EXPECT_TRUE(fs::is_symlink(at("link.pt")));
  EXPECT_NO_THROW(readModelFile(at("model.pt")));
}

TEST_F(FileAccess, WritingRefusesFoldersAndDevices) {
  ASSERT_EQ(::mkfifo(at("fifo").c_str(), 0600), 0);
  EXPECT_THAT(writing(at("fifo")).message, HasSubstr("not a regular file"));
  EXPECT_THAT(writing(folder_.path()).message, HasSubstr("is a directory"));
  EXPECT_THAT(writing("/dev/null").message, HasSubstr("not a regular file"));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  fs::create_symlink("nowhere", at("dangling.pt"));
  EXPECT_EQ(writing(at("dangling.pt")).kind, ErrorKind::io);
}

TEST_F(FileAccess, WritingErrorsNameTheFile) {
  const auto missing = writing(at("no such folder") / "model.pt");
  EXPECT_EQ(missing.kind, ErrorKind::io);
  EXPECT_THAT(missing.message, HasSubstr("no such folder/model.pt: cannot be written"));
}

TEST_F(FileAccess, WritingToAFullDiskKeepsTheOldFile) {
  std::ofstream(at("model.pt")) << "old";
  rlimit old{};
  ::getrlimit(RLIMIT_FSIZE, &old);
  const rlimit small{1000, old.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &small);
  const auto result = writing(at("model.pt"));
  ::setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(result.kind, ErrorKind::io);
  EXPECT_EQ(entries(), 1U);
  std::string content;
  std::ifstream(at("model.pt")) >> content;
  EXPECT_EQ(content, "old");
}

}  // namespace
}  // namespace cut
