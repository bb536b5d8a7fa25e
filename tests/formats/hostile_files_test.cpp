// SPDX-License-Identifier: MIT
// Hostile files, small or only claiming to be large, are refused with little time and memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cost.hpp"
#include "crafted.hpp"
#include "cuttranslate/model_file.hpp"
#include "formats/torch_archive.hpp"
#include "tiny_model.hpp"

namespace cut {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;
namespace pickle = test::pickle;

constexpr long mostMebibytes = 16;

// Expects wrongFile at little cost; returns the message.
template <typename Read>
std::string cheapRefusal(Read read, long mebibytes = mostMebibytes) {
  test::Refusal refusal;
  const test::Cost cost = test::costOf([&] { refusal = test::refusalOf(read); });
  EXPECT_EQ(refusal.kind, ErrorKind::wrongFile) << refusal.message;
  EXPECT_LT(cost.seconds, test::mostSeconds);
  EXPECT_LE(cost.mebibytes.value_or(0), mebibytes);
  return refusal.message;
}

TEST(ResourceLimits, PeakMemoryIsMeasured) {
  if (!test::costOf([] {}).mebibytes) GTEST_SKIP() << "only time is: there is no peak of memory to be reset";
  const test::Cost cost = test::costOf([] { test::Bytes(std::size_t{32} << 20, std::byte{1}); });
  EXPECT_GE(*cost.mebibytes, 31);
}

std::string refusalOfPickle(const std::string& body) {
  const test::Bytes file = test::torchArchiveOf(pickle::whole(body), {{"0", std::string(4, '\0')}});
  return cheapRefusal([&] { readModelFile(file); });
}

template <typename Number>
std::string bytesOfNumber(Number value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

TEST(ResourceLimits, SparseMemoKeysAreRefused) {
  std::string body = "N";
  // 20753 is a bucket count of libstdc++'s hash tables: all of these would share one bucket.
  for (std::uint32_t i = 0; i < 40'000; ++i) body += "r" + bytesOfNumber(20753 * i);
  EXPECT_THAT(refusalOfPickle(body), HasSubstr("under the number"));
}

// Eight bytes whose step of libstdc++'s hash gives the same as that of `word` but for the highest bit: two
// texts that differ so in two steps have the same hash.
std::uint64_t partnerOf(std::uint64_t word) {
  constexpr std::uint64_t factor = 0xC6A4A7935BD1E995;  // MurmurHash64A's, and its inverse modulo 2^64
  constexpr std::uint64_t inverse = 0x5F7A0EA7E59B19BD;
  static_assert(factor * inverse == 1);
  return (word * factor ^ std::uint64_t{1} << 63 ^ std::uint64_t{1} << 16) * inverse;
}

// 2 to the power of `bits` different names with the same hash.
std::vector<std::string> namesOfOneHash(int bits) {
  std::vector<std::string> names = {""};
  for (int bit = 0; bit < bits; ++bit) {
    const std::uint64_t first = 0x6161616161616161 + static_cast<std::uint64_t>(bit);
    const std::uint64_t second = ~first;
    const std::size_t count = names.size();
    for (std::size_t i = 0; i < count; ++i)
      names.push_back(names[i] + bytesOfNumber(partnerOf(first)) + bytesOfNumber(partnerOf(second)));
    for (std::size_t i = 0; i < count; ++i) names[i] += bytesOfNumber(first) + bytesOfNumber(second);
  }
  return names;
}

// An archive of empty members, written record by record. Their names have the same hash in libzip, whose
// writer would take long.
std::string archiveOfEmptyMembers(std::uint16_t count) {
  std::string members, table;
  for (unsigned i = 0; i < count; ++i) {
    std::string name;
    for (unsigned bit = 0; bit < 16; ++bit) name += (i >> bit & 1) != 0 ? "Ez" : "FY";
    // Version, flags, method, time, date; checksum and sizes of 0; lengths of the name and of the extra
    // field.
    const std::string facts = "\x14\0\0\0\0\0\0\0\x21\0"s + std::string(12, '\0') +
                              bytesOfNumber(static_cast<std::uint32_t>(name.size()));
    table.append("PK\1\2\x14\0"s).append(facts).append(10, '\0');
    table.append(bytesOfNumber(static_cast<std::uint32_t>(members.size()))).append(name);
    members.append("PK\3\4").append(facts).append(name);
  }
  return members + table + "PK\5\6\0\0\0\0"s + bytesOfNumber(count) + bytesOfNumber(count) +
         bytesOfNumber(static_cast<std::uint32_t>(table.size())) +
         bytesOfNumber(static_cast<std::uint32_t>(members.size())) + "\0\0"s;
}

TEST(ResourceLimits, AnArchiveOfManyMembersIsRefused) {
  const test::Bytes file = test::bytesOf(archiveOfEmptyMembers(50'000));
  EXPECT_THAT(cheapRefusal([&] { readModelFile(file); }), HasSubstr("50000 members"));
}

std::string repeated(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

// A dict of `count` keys, each with the same value.
std::string dictOf(int count, const std::string& value) {
  std::string dict = "}(";
  for (int i = 0; i < count; ++i) dict += pickle::text(std::to_string(i)) + value;
  return dict + "u";
}

// Memoizes the result of `body` under a number and pops it.
std::string remember(const std::string& body, char number) {
  return body + "q" + number + "0";
}

std::string tensor() {
  return pickle::tensor(pickle::storage("FloatStorage", "0", 1), 0, {1}, {1});
}

TEST(ResourceLimits, NamesWithTheSameHashAreCheap) {
  const std::vector<std::string> names = namesOfOneHash(15);
  ASSERT_EQ(std::hash<std::string>()(names.front()), std::hash<std::string>()(names.back()));
  std::string dict = remember(tensor(), '\1') + "}(";
  for (const std::string& name : names) dict += pickle::text(name) + "h\1";
  const test::Bytes file = test::torchArchiveOf(pickle::whole(dict + "u"), {{"0", std::string(4, '\0')}});
  constexpr long mebibytes = 64;  // of a file of 8
  EXPECT_THAT(cheapRefusal([&] { readModelFile(file); }, mebibytes), HasSubstr("holds no generator"));
}

std::string refusalOfDictsUnder(const std::string& key) {
  return refusalOfPickle(remember(pickle::dict({{"w", tensor()}}), '\1') +
                         pickle::dict({{"epoch", "N"}, {key, dictOf(40'000, "h\1")}}));
}

TEST(ResourceLimits, ManyDictsUnderALongKeyAreCheap) {
  EXPECT_THAT(refusalOfDictsUnder(std::string(500'000, 'K')), HasSubstr("a key of 500000 bytes"));
  EXPECT_THAT(refusalOfDictsUnder(std::string(1024, 'K')), HasSubstr("several dicts of tensors"));
}

TEST(ResourceLimits, ALongKeyInManyDictsIsRefused) {
  std::string dicts = remember(pickle::text(std::string(500'000, 'K')), '\1') + "](";
  for (int i = 0; i < 40'000; ++i) dicts += "}h\1Ns";
  EXPECT_THAT(refusalOfPickle(pickle::dict({{"a", dicts + "e"}})), HasSubstr("a key of 500000 bytes"));
}

TEST(ResourceLimits, NestedSharedDictsAreRefused) {
  const int count = 20'000;
  EXPECT_THAT(refusalOfPickle(remember(dictOf(count, "N"), '\1') + remember(dictOf(count, "h\1"), '\2') +
                              dictOf(count, "h\2")),
              HasSubstr("more than 250000 entries"));
}

TEST(ResourceLimits, ALongStorageKeyIsRefused) {
  std::string list = remember(pickle::text(std::string(500'000, 'S')), '\1') + "](";
  const std::string storage = pickle::tuple({pickle::text("storage"), pickle::global("torch", "ByteStorage"),
                                             "h\1", pickle::text("cpu"), "K\1"}) +
                              "Q";
  for (int i = 0; i < 30'000; ++i) list += storage;
  EXPECT_THAT(refusalOfPickle(pickle::dict({{"a", list + "e"}})), HasSubstr("key of 500000 bytes"));
}

TEST(ResourceLimits, TensorsThatShareDimensionsAreCounted) {
  const std::string ones = "(" + repeated("K\1", 64) + "t";
  const std::string arguments = pickle::tuple({pickle::storage("FloatStorage", "0", 1), "K\0"s, ones, ones,
                                               "\x89", pickle::global("collections", "OrderedDict") + ")R"});
  std::string list =
      remember(pickle::global("torch._utils", "_rebuild_tensor_v2"), '\1') + remember(arguments, '\2') + "](";
  for (int i = 0; i < 80'000; ++i) list += "h\1h\2R";
  EXPECT_THAT(refusalOfPickle(pickle::dict({{"a", list + "e"}})), HasSubstr("dimensions of tensors"));
}

TEST(ResourceLimits, OrderedDictsThatSharePairsAreCounted) {
  std::string pairs = "](";
  for (int i = 0; i < 2'000; ++i) pairs += pickle::text(std::to_string(i)) + "N\x86";
  std::string list =
      remember(pickle::global("collections", "OrderedDict"), '\1') + remember(pairs + "e\x85", '\2') + "](";
  for (int i = 0; i < 80'000; ++i) list += "h\1h\2R";
  EXPECT_THAT(refusalOfPickle(pickle::dict({{"a", list + "e"}})), HasSubstr("entries of dicts"));
}

TEST(ResourceLimits, ManyNamesUnderManyPrefixesAreRefused) {
  std::string dict = remember(tensor(), '\1') + "}(";
  std::string prefix;
  for (int i = 0; i < 64; ++i) dict += pickle::text((prefix += "a.") + "model.1.weight") + "h\1";
  for (int i = 0; i < 6'000; ++i) dict += pickle::text(prefix + std::to_string(i) + ".weight") + "h\1";
  EXPECT_THAT(refusalOfPickle(dict + "u"), HasSubstr("more than 100000 tensors"));
}

TEST(ResourceLimits, DimensionsOfSizeOneAreCheap) {
  constexpr std::int64_t length = 8 << 20;
  const std::string ones = "(" + pickle::number(4 * length) + repeated("K\1", 63) + "t";
  const std::string zeros = "(" + repeated("K\0"s, 64) + "t";
  const std::string body = pickle::global("torch._utils", "_rebuild_tensor_v2") +
                           pickle::tuple({pickle::storage("ByteStorage", "0", length), "K\0"s, ones, zeros,
                                          "\x89", pickle::global("collections", "OrderedDict") + ")R"}) +
                           "R";
  const test::Bytes file = test::torchArchiveOf(pickle::whole(body), {{"0", std::string(length, '\7')}});
  TorchArchive archive = TorchArchive::open(file);
  EXPECT_LT(test::processorSecondsOf([&] { archive.read(archive.tree().tensors.at(0)); }), test::mostSeconds);
}

// Sparse files of 1 GiB with a few bytes at their beginning.
class SparseFiles : public testing::Test {
 protected:
  static constexpr std::int64_t size = 1 << 30;

  std::string refusalOf(const std::string& head, Code code = Code::refuse) const {
    const std::filesystem::path path = folder_.path() / "sparse";
    std::ofstream(path, std::ios::binary) << head;
    std::filesystem::resize_file(path, size);
    return cheapRefusal([&] { readModelFile(path, code); });
  }

  static std::string safetensors(const std::string& header) {
    const std::uint64_t length = header.size();
    return std::string(reinterpret_cast<const char*>(&length), sizeof length) + header;
  }

  static std::string legacyHead() {
    return "\x80\x02\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19."s +
           pickle::whole(pickle::number(1001)) + pickle::whole(pickle::dict({{"little_endian", "\x88"}}));
  }

  // Everything before the data of the storage "0".
  static std::string legacyWithOneStorage(std::int64_t elements, const std::string& structure) {
    return legacyHead() + pickle::whole(structure) + pickle::whole("](" + pickle::text("0") + "e") +
           bytesOfNumber(elements);
  }

  test::TemporaryFolder folder_;
};

TEST_F(SparseFiles, AWrongSafetensorsHeaderIsRefusedCheaply) {
  EXPECT_THAT(refusalOf(safetensors("{}")), HasSubstr("belong to no tensor"));
  EXPECT_THAT(refusalOf(safetensors("{\"?")), HasSubstr("is not JSON"));
  EXPECT_THAT(refusalOf("\xFF\xFF\xFF\x7F\0\0\0\0{\""s), HasSubstr("claims a safetensors header"));
  EXPECT_THAT(refusalOf(safetensors(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})")),
              HasSubstr("4 bytes"));
}

TEST_F(SparseFiles, WrongLegacyPicklesAreRefusedCheaply) {
  const std::string head = legacyHead();
  EXPECT_THAT(refusalOf(head.substr(0, 15)), HasSubstr("its pickle "));
  EXPECT_THAT(refusalOf(head), HasSubstr("its pickle "));
  EXPECT_THAT(refusalOf(head + "\x80\x02" + "X\xFF\xFF\xFF\x3F"), HasSubstr("its pickle "));
  EXPECT_THAT(refusalOf(head + pickle::whole("}") + pickle::whole("]")), HasSubstr("goes on"));
}

TEST_F(SparseFiles, SafetensorsWithoutAGeneratorAreRefusedCheaply) {
  const auto header = [](std::int64_t length) {
    const std::string end = std::to_string(length);
    return safetensors(R"({"a":{"dtype":"U8","shape":[)" + end + R"(],"data_offsets":[0,)" + end + "]}}");
  };
  const auto left = size - static_cast<std::int64_t>(header(size).size());  // of as many digits as size
  EXPECT_THAT(refusalOf(header(left)), HasSubstr("holds no generator"));
}

TEST_F(SparseFiles, ALegacyFileWithoutAGeneratorIsRefusedCheaply) {
  const auto head = [](std::int64_t length) {
    return legacyWithOneStorage(
        length, pickle::dict({{"a", pickle::tensor(pickle::legacyStorage("ByteStorage", "0", length), 0,
                                                   {length}, {1})}}));
  };
  const auto left = size - static_cast<std::int64_t>(head(size).size());
  EXPECT_THAT(refusalOf(head(left)), HasSubstr("holds no generator"));
}

TEST_F(SparseFiles, ASmallPartOfALargeStorageIsRefusedCheaply) {
  const StateDict weights = test::tinyModel().weights;
  const auto head = [&](std::int64_t length, std::int64_t padding) {
    std::string dict = pickle::text(std::string(static_cast<std::size_t>(padding), 'x')) + "0}(";
    for (const auto& [name, tensor] : weights)
      dict += pickle::text(name) + pickle::tensor(pickle::legacyStorage("FloatStorage", "0", length), 0,
                                                  tensor.shape,
                                                  std::vector<std::int64_t>(tensor.shape.size(), 0));
    return legacyWithOneStorage(length, dict + "u");
  };
  const auto left = size - static_cast<std::int64_t>(head(0, 0).size());
  EXPECT_THAT(refusalOf(head(left / 4, left % 4)), HasSubstr("of which the network's tensors are"));
}

TEST_F(SparseFiles, CodeTellDoesNotReadTheProgram) {
  const test::Bytes bytes = test::archiveOf({{"x/data.pkl", pickle::whole("}")}, {"x/constants.pkl", "("}});
  std::string program(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::size_t table = program.find("PK\1\2");
  constexpr std::uint32_t hole =
      1 << 30;  // between the members and their table, whose place stands at its end
  program.replace(program.size() - 6, 4, bytesOfNumber(static_cast<std::uint32_t>(table + hole)));
  const std::filesystem::path path = folder_.path() / "program.pt";
  std::ofstream file(path, std::ios::binary);
  file << program.substr(0, table);
  file.seekp(static_cast<std::streamoff>(table + hole)) << program.substr(table) << std::flush;
  const test::Cost cost =
      test::costOf([&] { EXPECT_EQ(readModelFile(path, Code::tell).kind, FileKind::torchScript); });
  EXPECT_LE(cost.mebibytes.value_or(0), mostMebibytes);
}

TEST_F(SparseFiles, AFileThatOnlyBeginsAsAnArchiveIsRefusedCheaply) {
  for (const Code code : {Code::refuse, Code::allow}) refusalOf("PK\x03\x04", code);
}

}  // namespace
}  // namespace cut
