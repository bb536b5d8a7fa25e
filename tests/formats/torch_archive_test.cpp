// SPDX-License-Identifier: MIT
// Tensors in files of torch.save, and files that must be refused.
#include "formats/torch_archive.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crafted.hpp"

namespace cut {
namespace {

using namespace std::string_literals;
using test::Bytes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
namespace pickle = test::pickle;

StateDict readAll(const Bytes& bytes) {
  TorchArchive archive = TorchArchive::open(bytes);
  return archive.readAll(*archive.tree().as<PickleDict>(archive.tree().root));
}

// A dict {"x": tensor} over storage "0".
Bytes oneTensor(std::string_view type, std::int64_t elements, const std::string& content, std::int64_t offset,
                std::initializer_list<std::int64_t> shape, std::initializer_list<std::int64_t> strides) {
  const auto tensor = pickle::tensor(pickle::storage(type, "0", elements), offset, shape, strides);
  return test::torchArchiveOf(pickle::whole(pickle::dict({{"x", tensor}})), {{"0", content}});
}

std::string refusal(const Bytes& bytes) {
  const auto result = test::refusalOf([&] { readAll(bytes); });
  EXPECT_EQ(result.kind, ErrorKind::wrongFile) << result.message;
  return result.message;
}

TEST(TorchArchive, GathersATransposedTensor) {
  const StateDict dict = readAll(oneTensor("ByteStorage", 6, "\x00\x01\x02\x03\x04\x05"s, 0, {3, 2}, {1, 3}));
  EXPECT_THAT(toFloats(dict.at(0).second), ElementsAre(0, 3, 1, 4, 2, 5));
}

TEST(TorchArchive, ReadsASliceOfAStorage) {
  const StateDict dict =
      readAll(oneTensor("ShortStorage", 4, "\x00\x00\x01\x00\x02\x00\xFF\xFF"s, 2, {2}, {1}));
  EXPECT_THAT(toFloats(dict.at(0).second), ElementsAre(2, -1));
}

TEST(TorchArchive, ReadsScalarsEmptyAndExpandedTensors) {
  EXPECT_THAT(toFloats(readAll(oneTensor("ByteStorage", 1, "\x07", 0, {}, {})).at(0).second), ElementsAre(7));
  EXPECT_THAT(toFloats(readAll(oneTensor("ByteStorage", 0, "", 0, {0, 3}, {3, 1})).at(0).second), IsEmpty());
  EXPECT_THAT(toFloats(readAll(oneTensor("ByteStorage", 1, "\x07", 0, {3}, {0})).at(0).second),
              ElementsAre(7, 7, 7));
}

TEST(TorchArchive, ReadsTensorsThatShareAStorage) {
  const auto storage = pickle::storage("ByteStorage", "0", 2);
  const StateDict dict =
      readAll(test::torchArchiveOf(pickle::whole(pickle::dict({{"a", pickle::tensor(storage, 0, {1}, {1})},
                                                               {"b", pickle::tensor(storage, 1, {1}, {1})}})),
                                   {{"0", "\x01\x02"}}));
  EXPECT_THAT(toFloats(dict.at(0).second), ElementsAre(1));
  EXPECT_THAT(toFloats(dict.at(1).second), ElementsAre(2));
}

TEST(TorchArchive, RefusesAStorageMuchLargerThanItsTensors) {
  const std::int64_t length = 256 << 10;
  const auto storage = pickle::storage("ByteStorage", "0", length);
  const auto slice = [&](std::int64_t offset) { return pickle::tensor(storage, offset, {length / 8}, {1}); };
  const auto file = [&](const std::string& body) {
    return test::torchArchiveOf(pickle::whole(body), {{"0", std::string(length, '\7')}});
  };
  EXPECT_EQ(readAll(file(pickle::dict({{"a", slice(0)}, {"b", slice(length / 2)}}))).size(), 2);
  EXPECT_THAT(refusal(file(pickle::dict({{"a", slice(0)}}))),
              AllOf(HasSubstr("of 262144 bytes"), HasSubstr("are 32768"), HasSubstr("clone()")));
}

TEST(TorchArchive, RefusesTensorsMuchLargerThanTheFile) {
  EXPECT_THAT(refusal(oneTensor("ByteStorage", 1, "\x07", 0, {std::int64_t{1} << 40}, {0})),
              HasSubstr("far more memory"));
  EXPECT_THAT(refusal(oneTensor("ByteStorage", 1, "\x07", 0, {3 << 20}, {0})), HasSubstr("far more memory"));
}

TEST(TorchArchive, RefusesAStorageOfAnotherLengthThanItsMember) {
  EXPECT_THAT(refusal(oneTensor("FloatStorage", 2, "1234", 0, {1}, {1})), HasSubstr("4 bytes"));
  EXPECT_THAT(refusal(oneTensor("FloatStorage", 1, "12345", 0, {1}, {1})), HasSubstr("5 bytes"));
  EXPECT_THAT(refusal(oneTensor("DoubleStorage", std::int64_t{1} << 61, "", 0, {1}, {1})),
              HasSubstr("0 bytes"));
}

TEST(TorchArchive, RefusesATensorWhoseMemberIsMissing) {
  const auto tensor = pickle::tensor(pickle::storage("ByteStorage", "../x", 1), 0, {1}, {1});
  EXPECT_THAT(refusal(test::torchArchiveOf(pickle::whole(pickle::dict({{"x", tensor}})))),
              HasSubstr("lacks"));
}

TEST(TorchArchive, NamesEntriesThatAreNotTensors) {
  EXPECT_THAT(refusal(test::torchArchiveOf(pickle::whole(pickle::dict({{"epoch", "K\x05"}})))),
              HasSubstr("the number 5 under 'epoch'"));
}

TEST(TorchArchive, RefusesTorchScriptBeforeReadingIt) {
  for (const char* name : {"archive/constants.pkl", "archive/code/__torch__.py"})
    EXPECT_THAT(refusal(test::archiveOf({{"archive/data.pkl", pickle::whole("}")}, {name, "x"}})),
                HasSubstr("TorchScript"));
}

TEST(TorchArchive, RefusesBigEndianArchives) {
  EXPECT_THAT(
      refusal(test::archiveOf({{"archive/data.pkl", pickle::whole("}")}, {"archive/byteorder", "big"}})),
      HasSubstr("'big'"));
}

TEST(TorchArchive, RefusesOtherZipArchives) {
  EXPECT_THAT(refusal(test::archiveOf({{"word/document.xml", "x"}})), HasSubstr("no data.pkl"));
  EXPECT_THAT(refusal(test::archiveOf({{"data.pkl", pickle::whole("}")}})), HasSubstr("no data.pkl"));
  EXPECT_THAT(
      refusal(test::archiveOf({{"a/data.pkl", pickle::whole("}")}, {"b/data.pkl", pickle::whole("}")}})),
      HasSubstr("more than one data.pkl"));
}

TEST(TorchArchive, RoundTripKeepsEveryTypeAndShape) {
  StateDict dict;
  int next = 0;
  for (const DType type : {DType::float16, DType::bfloat16, DType::float32, DType::float64, DType::uint8,
                           DType::int8, DType::int16, DType::int32, DType::int64, DType::boolean})
    for (const std::vector<std::int64_t>& shape :
         {std::vector<std::int64_t>{}, {0}, {3}, {2, 0, 5}, {1, 2, 3, 4}, {2, 1, 1, 1, 3}}) {
      Tensor tensor{type, shape, {}};
      tensor.data.resize(static_cast<std::size_t>(tensor.elements()) * bytesPerElement(type));
      for (std::byte& byte : tensor.data)
        byte = static_cast<std::byte>(next++ & (type == DType::boolean ? 1 : 255));
      dict.emplace_back("t" + std::to_string(dict.size()), std::move(tensor));
    }
  TorchArchiveWriter writer;
  writer.stateDict(dict);
  EXPECT_EQ(readAll(writer.finish()), dict);
}

TEST(TorchArchive, RefusesToWriteATensorWhoseBytesDoNotFitItsShape) {
  TorchArchiveWriter writer;
  EXPECT_THROW(writer.tensor({DType::float32, {2}, Bytes(4)}), Error);
}

}  // namespace
}  // namespace cut
