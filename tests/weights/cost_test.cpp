// Small files, or files that only claim to be large, must not cost much: neither time nor memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cost.hpp"
#include "crafted.hpp"
#include "cut/model_file.hpp"
#include "tiny_model.hpp"

namespace cut {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;
namespace pickle = test::pickle;

constexpr double mostSeconds =
    5;  // a hundred times what it takes: no test may fail because a machine is slow
constexpr long mostMebibytes = 48;

// Refused as a wrong file, at little cost; returns the message.
template <typename Read>
std::string cheapRefusal(Read read) {
  test::Refusal refusal;
  const test::Cost cost = test::costOf([&] { refusal = test::refusalOf(read); });
  EXPECT_EQ(refusal.kind, ErrorKind::wrongFile) << refusal.message;
  if (test::costCounts) {
    EXPECT_LT(cost.seconds, mostSeconds);
    EXPECT_LT(cost.mebibytes, mostMebibytes);
  }
  return refusal.message;
}

std::string refusalOfPickle(const std::string& body) {
  const test::Bytes file = test::torchArchiveOf(pickle::whole(body), {{"0", std::string(4, '\0')}});
  return cheapRefusal([&] { readModelFile(file); });
}

// A dict of `count` keys, each with the same value.
std::string dictOf(int count, const std::string& value) {
  std::string dict = "}(";
  for (int i = 0; i < count; ++i) dict += pickle::text(std::to_string(i)) + value;
  return dict + "u";
}

// Remembers what `body` makes under a number, and takes it from the stack.
std::string remember(const std::string& body, char number) {
  return body + "q" + number + "0";
}

std::string tensor() {
  return pickle::tensor(pickle::storage("FloatStorage", "0", 1), 0, {1}, {1});
}

std::string refusalOfDictsUnder(const std::string& key) {
  return refusalOfPickle(remember(pickle::dict({{"w", tensor()}}), '\1') +
                         pickle::dict({{"epoch", "N"}, {key, dictOf(40'000, "h\1")}}));
}

TEST(Cost, OfManyDictsUnderALongKeyIsThatOfTheFile) {
  EXPECT_THAT(refusalOfDictsUnder(std::string(500'000, 'K')), HasSubstr("a key of 500000 bytes"));
  EXPECT_THAT(refusalOfDictsUnder(std::string(1024, 'K')), HasSubstr("several dicts of tensors"));
}

TEST(Cost, OfALongKeyInManyDictsIsThatOfTheFile) {
  std::string dicts = remember(pickle::text(std::string(500'000, 'K')), '\1') + "](";
  for (int i = 0; i < 40'000; ++i) dicts += "}h\1Ns";
  EXPECT_THAT(refusalOfPickle(pickle::dict({{"a", dicts + "e"}})), HasSubstr("a key of 500000 bytes"));
}

TEST(Cost, OfDictsThatShareTheirPartsIsBounded) {
  const int count = 20'000;
  EXPECT_THAT(refusalOfPickle(remember(dictOf(count, "N"), '\1') + remember(dictOf(count, "h\1"), '\2') +
                              dictOf(count, "h\2")),
              HasSubstr("more than 250000 entries"));
}

TEST(Cost, OfALongKeyOfAStorageIsThatOfTheFile) {
  std::string list = remember(pickle::text(std::string(500'000, 'S')), '\1') + "](";
  const std::string storage = pickle::tuple({pickle::text("storage"), pickle::global("torch", "ByteStorage"),
                                             "h\1", pickle::text("cpu"), "K\1"}) +
                              "Q";
  for (int i = 0; i < 30'000; ++i) list += storage;
  EXPECT_THAT(refusalOfPickle(pickle::dict({{"a", list + "e"}})), HasSubstr("key of 500000 bytes"));
}

TEST(Cost, OfTensorsThatShareTheirSidesIsBounded) {
  std::string ones = "(";
  for (int i = 0; i < 64; ++i) ones += "K\1";
  ones += "t";
  const std::string arguments = pickle::tuple({pickle::storage("FloatStorage", "0", 1), "K\0"s, ones, ones,
                                               "\x89", pickle::global("collections", "OrderedDict") + ")R"});
  std::string list =
      remember(pickle::global("torch._utils", "_rebuild_tensor_v2"), '\1') + remember(arguments, '\2') + "](";
  for (int i = 0; i < 80'000; ++i) list += "h\1h\2R";
  EXPECT_THAT(refusalOfPickle(pickle::dict({{"a", list + "e"}})), HasSubstr("sides of tensors"));
}

// Files of 1 GiB that hold a few bytes and a hole.
class SparseFiles : public testing::Test {
 protected:
  std::string refusalOf(const std::string& head, Code code = Code::refuse) const {
    const std::filesystem::path path = folder_.path() / "sparse";
    std::ofstream(path, std::ios::binary) << head;
    std::filesystem::resize_file(path, std::uintmax_t{1} << 30);
    return cheapRefusal([&] { readModelFile(path, code); });
  }

  static std::string safetensors(const std::string& header) {
    const std::uint64_t length = header.size();
    return std::string(reinterpret_cast<const char*>(&length), sizeof length) + header;
  }

  test::TemporaryFolder folder_;
};

TEST_F(SparseFiles, CostLittleWhereTheirSafetensorsHeaderIsWrong) {
  EXPECT_THAT(refusalOf(safetensors("{}")), HasSubstr("belong to no tensor"));
  EXPECT_THAT(refusalOf(safetensors("{\"?")), HasSubstr("no JSON"));
  EXPECT_THAT(refusalOf("\xFF\xFF\xFF\x7F\0\0\0\0{\""s), HasSubstr("claims a safetensors header"));
  EXPECT_THAT(refusalOf(safetensors(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})")),
              HasSubstr("4 bytes"));
}

TEST_F(SparseFiles, CostLittleWhereTheirOlderPicklesAreWrong) {
  const std::string magic = "\x80\x02\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19."s;
  const std::string facts =
      pickle::whole(pickle::number(1001)) + pickle::whole(pickle::dict({{"little_endian", "\x88"}}));
  EXPECT_THAT(refusalOf(magic), HasSubstr("its pickle "));
  EXPECT_THAT(refusalOf(magic + facts), HasSubstr("its pickle "));
  EXPECT_THAT(refusalOf(magic + facts + "\x80\x02" + "X\xFF\xFF\xFF\x3F"), HasSubstr("its pickle "));
  EXPECT_THAT(refusalOf(magic + facts + pickle::whole("}") + pickle::whole("]")), HasSubstr("goes on"));
}

TEST_F(SparseFiles, CostLittleWhereTheyOnlyBeginAsAnArchive) {
  for (const Code code : {Code::refuse, Code::allow}) refusalOf("PK\x03\x04", code);
}

}  // namespace
}  // namespace cut
