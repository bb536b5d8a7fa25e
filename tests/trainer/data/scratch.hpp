// SPDX-License-Identifier: MIT
// Tiny images, videos and folders for the tests of the trainer's data, gone when the test ends.
#pragma once

#include <gmock/gmock.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cuttranslate/error.hpp"
#include "trainer/data/picture.hpp"

namespace cut::trainer::test {

class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  // Paths are relative to the scratch folder; folders are made as needed, the format follows the suffix.
  std::filesystem::path path(const std::string& name) const;
  std::filesystem::path writeBytes(const std::string& name, const std::string& bytes) const;
  std::filesystem::path writeImage(const std::string& name, const Picture& rgb) const;
  // A grey image of one value: its value tells which one it is.
  std::filesystem::path writeFlat(const std::string& name, int value, int width = 8, int height = 8) const;
  // A JPEG whose EXIF data say this orientation, 1 to 8.
  std::filesystem::path writeTurned(const std::string& name, const Picture& rgb, int orientation) const;
  // Motion JPEG in AVI; frame i is grey of value 20 + 20 i.
  std::filesystem::path writeVideo(const std::string& name, int frames) const;
  // What the program ffmpeg makes of the arguments, which are words for a shell in the scratch folder.
  std::filesystem::path ffmpeg(const std::string& arguments, const std::string& name) const;

 private:
  std::filesystem::path prepare(const std::string& name) const;

  std::filesystem::path root_;
};

// Every pixel another colour.
Picture gradient(int width, int height, int channels = 3);

std::string bytesOf(const std::filesystem::path& path);

// That `action` throws cut::Error of the kind, with each of the parts in its message.
template <typename Action>
void expectError(ErrorKind kind, const std::vector<std::string>& parts, Action action) {
  try {
    action();
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    for (const std::string& part : parts) EXPECT_THAT(error.what(), testing::HasSubstr(part));
  }
}

}  // namespace cut::trainer::test
