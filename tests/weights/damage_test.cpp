// A file that lost its end or a bit: an error or a whole model, never anything else.
#include <gtest/gtest.h>

#include "crafted.hpp"
#include "tiny_model.hpp"
#include "weights/model_writer.hpp"

namespace cut {
namespace {

using test::Bytes;

// What was read must be fit to be written; what was refused must be the file's fault.
void expectErrorOrModel(const Bytes& bytes, std::size_t where) {
  try {
    modelFileBytes(readModelFile(bytes));
  } catch (const Error& error) {
    EXPECT_TRUE(error.kind() == ErrorKind::wrongFile || error.kind() == ErrorKind::unsupported)
        << where << ": " << error.what();
  }
}

Bytes smallModel() {
  ModelFile model = test::tinyModel();
  model.sample = Sample{fromFloats({1, 3, 1, 1}, {0, 0, 0}), fromFloats({1, 3, 1, 1}, {0, 0, 0})};
  return modelFileBytes(model);
}

void flip(Bytes& bytes, std::size_t bit) {
  bytes[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
}

TEST(Damage, TruncationAtEveryByteIsAnError) {
  const Bytes good = smallModel();
  for (std::size_t length = 0; length < good.size(); ++length)
    EXPECT_THROW(readModelFile(std::span(good).first(length)), Error) << length;
}

TEST(Damage, AFlippedBitOfTheHeadersIsAnErrorOrHarmless) {
  Bytes bytes = smallModel();
  readModelFile(bytes);
  constexpr std::size_t ends = 600 * 8;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    if (bit == ends) bit = bytes.size() * 8 - ends;
    flip(bytes, bit);
    expectErrorOrModel(bytes, bit);
    flip(bytes, bit);
  }
}

// Wrapped anew each time, so that the archive's checksum does not catch it.
TEST(Damage, AFlippedBitOfTheStructureIsAnErrorOrAModel) {
  const Bytes whole = smallModel();
  const std::string_view text(reinterpret_cast<const char*>(whole.data()), whole.size());
  const std::size_t begin = text.find("\x80\x02}(X");
  const std::size_t end = text.find("PK\x03\x04", begin);
  Bytes structure(whole.begin() + static_cast<std::ptrdiff_t>(begin),
                  whole.begin() + static_cast<std::ptrdiff_t>(end));
  for (std::size_t bit = 0; bit < structure.size() * 8; ++bit) {
    flip(structure, bit);
    const std::string pickle(reinterpret_cast<const char*>(structure.data()), structure.size());
    expectErrorOrModel(test::torchArchiveOf(pickle, {{"0", std::string(8, '\0')}}), bit);
    flip(structure, bit);
  }
}

}  // namespace
}  // namespace cut
