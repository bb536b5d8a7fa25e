// SPDX-License-Identifier: MIT
// The pickle reader: what it reads and what it must refuse.
#include "formats/pickle_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crafted.hpp"
#include "formats/pickle_machine.hpp"

namespace cut {
namespace {

using namespace std::string_literals;
using test::Refusal;
using testing::HasSubstr;
namespace pickle = test::pickle;

PickleTree read(const std::string& bytes) {
  return readPickle(test::bytesOf(bytes));
}

Refusal refusal(const std::string& bytes) {
  return test::refusalOf([&] { read(bytes); });
}

std::string repeated(const std::string& text, std::size_t count) {
  std::string all;
  all.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

template <typename T>
T root(const std::string& bytes) {
  const PickleTree tree = read(bytes);
  const T* value = tree.as<T>(tree.root);
  if (value == nullptr) throw std::runtime_error("got " + tree.describe(tree.root));
  return *value;
}

TEST(PickleReader, ReadsNumbersOfEveryWidth) {
  EXPECT_EQ(root<std::int64_t>("\x80\x02K\xFF."s), 255);
  EXPECT_EQ(root<std::int64_t>("\x80\x02M\xFF\xFF."s), 65535);
  EXPECT_EQ(root<std::int64_t>("\x80\x02J\xFE\xFF\xFF\xFF."s), -2);
  EXPECT_EQ(root<std::int64_t>("\x80\x02\x8A\x00."s), 0);
  EXPECT_EQ(root<std::int64_t>("\x80\x02\x8A\x03\xFF\xFF\xFF."s), -1);
  EXPECT_EQ(root<std::int64_t>("\x80\x02\x8B\x02\x00\x00\x00\x00\x01."s), 256);
  EXPECT_EQ(root<std::int64_t>(pickle::whole(pickle::number(INT64_MIN))), INT64_MIN);
  EXPECT_EQ(root<double>("\x80\x02G\x3F\xF8\x00\x00\x00\x00\x00\x00."s), 1.5);
  EXPECT_EQ(root<bool>("\x80\x02\x88."s), true);
}

TEST(PickleReader, ReadsProtocol4WithFramesMemoAndStackGlobal) {
  const auto bytes =
      "\x80\x04\x95\x30\x00\x00\x00\x00\x00\x00\x00\x8C\x0B"
      "collections\x94\x8C\x0BOrderedDict\x94\x93)R(h\x00K\x07u."s;
  const PickleTree tree = read(bytes);
  const auto* dict = tree.as<PickleDict>(tree.root);
  ASSERT_NE(dict, nullptr);
  const auto value = tree.find(*dict, "collections");
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(*tree.as<std::int64_t>(*value), 7);
}

TEST(PickleReader, MemoizeUsesTheNextKey) {
  EXPECT_EQ(root<std::int64_t>("\x80\x04Nq\x05"
                               "0K\x07\x94"
                               "0h\x01."s),
            7);
  EXPECT_THAT(refusal("\x80\x04Nr\x90\xD0\x03\x00."s).message, HasSubstr("under the number 250000"));
}

TEST(PickleReader, ReadsAnOrderedDictAsPython2WroteIt) {
  const PickleTree tree = read(pickle::whole(pickle::global("collections", "OrderedDict") + "](](U\x01"
                                                                                            "aK\x07"
                                                                                            "eU\x01"
                                                                                            "bN\x86"
                                                                                            "e\x85R"));
  const auto* dict = tree.as<PickleDict>(tree.root);
  ASSERT_NE(dict, nullptr);
  ASSERT_EQ(dict->entries.size(), 2U);
  EXPECT_EQ(*tree.as<std::int64_t>(*tree.find(*dict, "a")), 7);
  EXPECT_NE(tree.as<PickleNone>(*tree.find(*dict, "b")), nullptr);
}

TEST(PickleReader, ReadsListsAndTuples) {
  EXPECT_EQ(root<PickleSequence>("\x80\x02](K\x01K\x02"
                                 "eK\x03"
                                 "a."s)
                .items.size(),
            3U);
  EXPECT_EQ(root<PickleSequence>("\x80\x02NN\x86."s).items.size(), 2U);
  EXPECT_TRUE(root<PickleSequence>("\x80\x02)."s).isTuple);
}

TEST(PickleReader, IgnoresTheMetadataOfAnOrderedDict) {
  const auto body = pickle::global("collections", "OrderedDict") + ")R" +
                    pickle::dict({{"_metadata", pickle::dict({{"", "}"}})}}) + "b";
  EXPECT_TRUE(root<PickleDict>(pickle::whole(body)).entries.empty());
}

std::string rootText(const std::string& bytes) {
  const PickleTree tree = read(bytes);
  return tree.describe(tree.root);
}

TEST(PickleReader, UnknownGlobalsBecomeOpaqueAndAreNotExecuted) {
  const auto system = pickle::global("posix", "system");
  EXPECT_EQ(rootText(pickle::whole(system)), "the class or function 'posix.system', which is not executed");
  EXPECT_EQ(rootText(pickle::whole(system + pickle::tuple({pickle::text("id")}) + "R")),
            "an object of 'posix.system', which is not executed,");
  EXPECT_THAT(rootText("\x80\x04\x8C\x08"
                       "builtins\x8C\x04"
                       "eval\x93."s),
              HasSubstr("'builtins.eval'"));
  EXPECT_THAT(rootText(pickle::whole(pickle::global("torch", "FloatStorage.x"))),
              HasSubstr("'torch.FloatStorage.x'"));
}

TEST(PickleReader, EscapesControlCharactersOfGlobals) {
  EXPECT_THAT(rootText(pickle::whole(pickle::global("\x1B[2J", "x"))), HasSubstr("\\x1b[2J.x"));
}

TEST(PickleReader, RefusesOpcodesThatTorchSaveDoesNotWrite) {
  for (const char code : "IFLPSVgp\x97\x98\xFF"s)
    EXPECT_THAT(refusal("\x80\x02NN"s + code + "........."s).message, HasSubstr("opcode")) << +code;
}

TEST(PickleReader, RefusesCallsOfOtherThanFunctions) {
  EXPECT_THAT(refusal("\x80\x02N)R."s).message, HasSubstr("is not a function"));
  EXPECT_THAT(refusal(pickle::whole(pickle::global("torch", "FloatStorage") + ")R")).message,
              HasSubstr("storage"));
  EXPECT_THAT(refusal(pickle::whole(pickle::global("collections", "OrderedDict") + "]R")).message,
              HasSubstr("not a tuple"));
  EXPECT_THAT(refusal(pickle::whole(pickle::global("collections", "OrderedDict") + "N\x85R")).message,
              HasSubstr("arguments"));
}

TEST(PickleReader, RefusesAnOrderedDictOfOtherThanPairs) {
  const auto refusalOf = [](const std::string& arguments) {
    return refusal(pickle::whole(pickle::global("collections", "OrderedDict") + arguments + "R")).message;
  };
  EXPECT_THAT(refusalOf("]]\x86"), HasSubstr("not a list of pairs"));
  EXPECT_THAT(refusalOf("]Na\x85"), HasSubstr("from None; expected pairs"));
  EXPECT_THAT(refusalOf("]N\x85"
                        "a\x85"),
              HasSubstr("from a tuple; expected pairs"));
  EXPECT_THAT(refusalOf("](K\1N\x86K\1N\x86"
                        "e\x85"),
              HasSubstr("a key twice"));
}

TEST(PickleReader, RefusesBuildOnAList) {
  EXPECT_THAT(refusal("\x80\x02]}b."s).message, HasSubstr("state"));
}

TEST(PickleReader, RefusesStackUnderflow) {
  for (const auto& body : {"."s, "0."s, "\x86."s, "N\x87."s, "a."s, "t."s, "Q."s, "R."s, "(a."s, "(s."s,
                           "N(0."s, "q\x00."s, "h\x07."s, "e."s, "1."s, "2."s, "\x93."s, "b."s})
    EXPECT_EQ(refusal("\x80\x02"s + body).kind, ErrorKind::wrongFile) << body;
}

TEST(PickleReader, RefusesTrailingBytesAndUnknownProtocols) {
  EXPECT_THAT(refusal("\x80\x02N.N"s).message, HasSubstr("after its end"));
  EXPECT_THAT(refusal("\x80\x02NN."s).message, HasSubstr("on its stack"));
  for (const auto& bytes : {""s, "N."s, "\x80\x01N."s, "\x80\x06N."s, "(dp0\n."s})
    EXPECT_EQ(refusal(bytes).kind, ErrorKind::wrongFile) << bytes;
}

TEST(PickleReader, RefusesLengthsBeyondTheEnd) {
  for (const auto& body : {"X\xFF\xFF\xFF\xFFx."s, "\x8D\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFx."s, "\x8C\x09x."s,
                           "\x8E\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7Fx."s, "\x8B\xFF\xFF\xFF\xFFx."s, "J\x01."s,
                           "cposix"s, "\x95\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFN."s, "U\x05x."s})
    EXPECT_EQ(refusal("\x80\x04"s + body).kind, ErrorKind::wrongFile) << body;
}

TEST(PickleReader, RefusesCycles) {
  EXPECT_THAT(refusal("\x80\x02]q\x00h\x00"
                      "a."s)
                  .message,
              HasSubstr("contains itself"));
  EXPECT_THAT(refusal("\x80\x02}q\x00X\x01\x00\x00\x00xh\x00s."s).message, HasSubstr("contains itself"));
  EXPECT_THAT(refusal("\x80\x02]q\x00h\x00\x85q\x01"
                      "a."s)
                  .message,
              HasSubstr("contains itself"));
}

TEST(PickleReader, RefusesDeepNesting) {
  EXPECT_THAT(refusal("\x80\x02"s + repeated("]", 100'000) + repeated("a", 99'999) + ".").message,
              HasSubstr("deeper than 64"));
  EXPECT_THAT(refusal("\x80\x02N"s + repeated("\x85", 200'000) + ".").message, HasSubstr("deeper than 64"));
  EXPECT_EQ(root<PickleSequence>("\x80\x02N"s + repeated("\x85", 64) + ".").items.size(), 1U);
}

TEST(PickleReader, DoesNotExpandSharedParts) {
  std::string body = "]q\x00"s;  // each level holds the one below twice: 2^60 leaves
  for (char level = 1; level <= 60; ++level)
    body += "]q"s + level + "(h" + static_cast<char>(level - 1) + "h" + static_cast<char>(level - 1) + "e";
  EXPECT_EQ(root<PickleSequence>("\x80\x02(" + body + "l.").items.size(), 61U);
}

TEST(PickleReader, RefusesTooManyOpcodes) {
  EXPECT_THAT(refusal("\x80\x02"s + repeated("N0", 200'000) + "N.").message, HasSubstr("opcodes"));
}

TEST(PickleReader, RefusesTooManyBytes) {
  EXPECT_THAT(refusal(std::string(maxPickleBytes + 1, 'N')).message, HasSubstr("at most"));
}

TEST(PickleReader, RefusesDictsWithADuplicateKeyOrAMissingValue) {
  EXPECT_THAT(refusal(pickle::whole(pickle::dict({{"a", "N"}, {"a", "N"}}))).message, HasSubstr("twice"));
  EXPECT_THAT(refusal("\x80\x02}(K\x01NK\x01Nu."s).message, HasSubstr("twice"));
  EXPECT_THAT(refusal("\x80\x02}(NNNu."s).message, HasSubstr("lacks its value"));
}

TEST(PickleReader, RefusesUnknownPersistentIds) {
  for (const auto& id : {pickle::text("storage"), pickle::tuple({pickle::text("storage")}),
                         pickle::tuple({pickle::text("module"), pickle::global("torch", "FloatStorage"),
                                        pickle::text("0"), pickle::text("cpu"), pickle::number(1)}),
                         pickle::tuple({pickle::text("storage"), pickle::global("torch", "Size"),
                                        pickle::text("0"), pickle::text("cpu"), pickle::number(1)}),
                         pickle::tuple({pickle::text("storage"), pickle::global("torch", "FloatStorage"),
                                        pickle::number(0), pickle::text("cpu"), pickle::number(1)}),
                         pickle::tuple({pickle::text("storage"), pickle::global("torch", "FloatStorage"),
                                        pickle::text("0"), pickle::text("cpu"), pickle::number(-1)})})
    EXPECT_EQ(refusal(pickle::whole(id + "Q")).kind, ErrorKind::wrongFile) << id;
}

TEST(PickleReader, ReadsATensorView) {
  const PickleTree tree =
      read(pickle::whole(pickle::tensor(pickle::storage("HalfStorage", "7", 24), 4, {2, 3}, {1, 2})));
  ASSERT_EQ(tree.tensors.size(), 1U);
  EXPECT_EQ(tree.tensors[0].storage.dtype(), DType::float16);
  EXPECT_EQ(tree.tensors[0].storage.key, "7");
  EXPECT_EQ(tree.tensors[0].offset, 4);
  EXPECT_EQ(tree.tensors[0].shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(tree.tensors[0].strides, (std::vector<std::int64_t>{1, 2}));
}

TEST(PickleReader, ReadsAParameterAsItsTensor) {
  const auto tensor = pickle::tensor(pickle::storage("FloatStorage", "0", 1), 0, {1}, {1});
  const auto body =
      pickle::global("torch._utils", "_rebuild_parameter") + pickle::tuple({tensor, "\x88", "N"}) + "R";
  const PickleTree tree = read(pickle::whole(body));
  EXPECT_NE(tree.as<PickleTensor>(tree.root), nullptr);
}

TEST(PickleReader, RefusesTensorsOutsideTheirStorage) {
  struct Case {
    std::int64_t elements, offset;
    std::initializer_list<std::int64_t> shape, strides;
  };
  constexpr std::int64_t huge = std::int64_t{1} << 62;
  for (const Case& c :
       {Case{4, 1, {4}, {1}}, Case{4, 0, {2, 2}, {3, 1}}, Case{4, 5, {0}, {1}}, Case{4, 0, {-1}, {1}},
        Case{4, 0, {2}, {-1}}, Case{4, -1, {2}, {1}}, Case{4, 0, {huge, huge}, {0, 0}},
        Case{4, 0, {huge, 0, huge}, {0, 0, 0}}, Case{4, 0, {huge}, {huge}}, Case{4, 0, {3}, {huge}},
        Case{4, INT64_MAX, {2}, {1}}, Case{0, 0, {1}, {1}}, Case{4, 0, {2}, {}}})
    EXPECT_EQ(refusal(pickle::whole(pickle::tensor(pickle::storage("FloatStorage", "0", c.elements), c.offset,
                                                   c.shape, c.strides)))
                  .kind,
              ErrorKind::wrongFile)
        << c.elements << " " << c.offset;
}

TEST(PickleReader, RefusesTensorsOfMoreThan64Dimensions) {
  std::string ones = "(" + repeated("K\x01", 65) + "t";
  const auto body =
      pickle::global("torch._utils", "_rebuild_tensor_v2") +
      pickle::tuple({pickle::storage("FloatStorage", "0", 1), "K"s + '\0', ones, ones, "\x89", "}"}) + "R";
  EXPECT_THAT(refusal(pickle::whole(body)).message, HasSubstr("65 dimensions"));
}

TEST(PickleReader, AFlippedBitIsRefusedOrRead) {
  const std::string good = pickle::whole(
      pickle::dict({{"a", pickle::tensor(pickle::storage("FloatStorage", "0", 6), 0, {2, 3}, {3, 1})},
                    {"b",
                     "]q\x01K\x05"
                     "a"},
                    {"c", "h\x01\x85"}}));
  read(good);
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string flipped = good;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    const Refusal result = refusal(flipped);
    EXPECT_TRUE(result.kind == ErrorKind::wrongFile || result.message == "nothing was thrown")
        << result.message;
  }
}

}  // namespace
}  // namespace cut
