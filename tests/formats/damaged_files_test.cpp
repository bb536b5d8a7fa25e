// SPDX-License-Identifier: MIT
// Truncated files and files with a flipped bit: reading gives an error or a model, nothing else.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cost.hpp"
#include "crafted.hpp"
#include "formats/model_writer.hpp"
#include "tiny_model.hpp"

namespace cut {
namespace {

using test::Bytes;
namespace fs = std::filesystem;

// Errors must be wrongFile or unsupported, and come at little cost.
template <typename Read>
void expectErrorOrModel(Read read, std::size_t where) {
  const double seconds = test::processorSecondsOf([&] {
    try {
      read();
    } catch (const Error& error) {
      EXPECT_TRUE(error.kind() == ErrorKind::wrongFile || error.kind() == ErrorKind::unsupported)
          << where << ": " << error.what();
    }
  });
  EXPECT_LT(seconds, test::mostSeconds) << where;
}

// A model that was read must pass the checks of writing.
void expectErrorOrModelOf(const Bytes& bytes, std::size_t where) {
  expectErrorOrModel([&] { modelFileBytes(readModelFile(bytes)); }, where);
}

Bytes smallModel() {
  ModelFile model = test::tinyModel();
  model.sample = Sample{fromFloats({1, 3, 1, 1}, {0, 0, 0}), fromFloats({1, 3, 1, 1}, {0, 0, 0})};
  return modelFileBytes(model);
}

void flip(Bytes& bytes, std::size_t bit) {
  bytes[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
}

TEST(DamagedModel, TruncationAtEveryByteIsRefused) {
  const Bytes good = smallModel();
  for (std::size_t length = 0; length < good.size(); ++length)
    EXPECT_THROW(readModelFile(std::span(good).first(length)), Error) << length;
}

// The same through a path: the file is read in parts, not from memory.
class DamagedFile : public testing::Test {
 protected:
  void expectErrorsWhereItIsCutShort(Code code) const {
    for (std::uintmax_t length = fs::file_size(path_); length-- > 0;) {
      fs::resize_file(path_, length);
      EXPECT_THROW(readModelFile(path_, code), Error) << length;
    }
  }

  test::TemporaryFolder folder_;
  const fs::path path_ = folder_.path() / "model.pt";
  const fs::path program_ = fs::path(CUT_SCRIPTS) / "negate.pt";
};

TEST_F(DamagedFile, TruncationAtEveryByteIsRefused) {
  const Bytes good = smallModel();
  std::ofstream(path_, std::ios::binary)
      .write(reinterpret_cast<const char*>(good.data()), static_cast<std::streamsize>(good.size()));
  EXPECT_NO_THROW(readModelFile(path_));
  expectErrorsWhereItIsCutShort(Code::refuse);
}

TEST_F(DamagedFile, TruncatedTorchScriptIsRefusedWhereCodeIsAllowed) {
  fs::copy_file(program_, path_);
  EXPECT_NO_THROW(readModelFile(path_, Code::allow));
  expectErrorsWhereItIsCutShort(Code::allow);
}

TEST_F(DamagedFile, TorchScriptWithAFlippedBitIsRefusedOrReadWhereCodeIsAllowed) {
  fs::copy_file(program_, path_);
  std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
  const auto flipInFile = [&file](std::size_t bit) {
    const auto at = static_cast<std::streamoff>(bit / 8);
    const int byte = file.seekg(at).peek();
    file.seekp(at).put(static_cast<char>(byte ^ 1 << bit % 8)).flush();
  };
  for (std::size_t bit = 0; bit < fs::file_size(path_) * 8; ++bit) {
    flipInFile(bit);
    expectErrorOrModel([&] { readModelFile(path_, Code::allow); }, bit);
    flipInFile(bit);
  }
}

TEST(DamagedModel, AFlippedBitOfTheHeadersIsRefusedOrHarmless) {
  Bytes bytes = smallModel();
  readModelFile(bytes);
  constexpr std::size_t ends = 600 * 8;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    if (bit == ends) bit = bytes.size() * 8 - ends;
    flip(bytes, bit);
    expectErrorOrModelOf(bytes, bit);
    flip(bytes, bit);
  }
}

// Every flipped pickle gets a new archive around it: otherwise the checksum would differ.
TEST(DamagedModel, AFlippedBitOfThePickleIsRefusedOrRead) {
  const Bytes whole = smallModel();
  const std::string_view text(reinterpret_cast<const char*>(whole.data()), whole.size());
  const std::size_t begin = text.find("\x80\x02}(X");
  const std::size_t end = text.find("PK\x03\x04", begin);
  Bytes structure(whole.begin() + static_cast<std::ptrdiff_t>(begin),
                  whole.begin() + static_cast<std::ptrdiff_t>(end));
  for (std::size_t bit = 0; bit < structure.size() * 8; ++bit) {
    flip(structure, bit);
    const std::string pickle(reinterpret_cast<const char*>(structure.data()), structure.size());
    expectErrorOrModelOf(test::torchArchiveOf(pickle, {{"0", std::string(8, '\0')}}), bit);
    flip(structure, bit);
  }
}

}  // namespace
}  // namespace cut
