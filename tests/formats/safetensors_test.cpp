// SPDX-License-Identifier: MIT
// Safetensors files: reading, writing and headers that must be refused.
#include "formats/safetensors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cost.hpp"
#include "crafted.hpp"
#include "cuttranslate/model_file.hpp"
#include "formats/model_writer.hpp"
#include "tiny_model.hpp"

namespace cut {
namespace {

using namespace std::string_literals;
using test::Bytes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

Bytes fileOf(const std::string& header, const std::string& data, std::uint64_t length) {
  return test::bytesOf(std::string(reinterpret_cast<const char*>(&length), sizeof length) + header + data);
}

Bytes fileOf(const std::string& header, const std::string& data = "") {
  return fileOf(header, data, header.size());
}

std::string refusal(const Bytes& bytes) {
  const auto result = test::refusalOf([&] { readSafetensors(bytes); });
  EXPECT_EQ(result.kind, ErrorKind::wrongFile) << result.message;
  return result.message;
}

std::string entry(const std::string& name, const std::string& type, const std::string& shape,
                  const std::string& offsets) {
  return '"' + name + R"(":{"dtype":")" + type + R"(","shape":[)" + shape + R"(],"data_offsets":[)" +
         offsets + "]}";
}

TEST(Safetensors, ReadsTensorsInTheOrderOfTheHeader) {
  const auto file = readSafetensors(fileOf("{" + entry("z", "U8", "2", "0,2") + "," +
                                               entry("a", "I16", "", "2,4") + R"(,"__metadata__":{"k":"v"}})",
                                           "\x01\x02\xFF\xFF"));
  ASSERT_EQ(file.tensors.size(), 2U);
  EXPECT_EQ(file.tensors[0].first, "z");
  EXPECT_THAT(toFloats(file.tensors[0].second), ElementsAre(1, 2));
  EXPECT_THAT(toFloats(file.tensors[1].second), ElementsAre(-1));
  EXPECT_THAT(file.metadata, ElementsAre(Pair("k", "v")));
}

TEST(Safetensors, RoundTripKeepsEveryTypeAndShape) {
  SafetensorsFile file{{}, {{"format", "pt"}, {"licence", "CC0-1.0 \"quoted\" \n é"}}};
  int next = 0;
  for (const DType type : {DType::float16, DType::bfloat16, DType::float32, DType::float64, DType::uint8,
                           DType::int8, DType::int16, DType::int32, DType::int64, DType::boolean})
    for (const std::vector<std::int64_t>& shape :
         {std::vector<std::int64_t>{}, {0}, {3}, {2, 0, 5}, {1, 2, 3}}) {
      Tensor tensor{type, shape, {}};
      tensor.data.resize(static_cast<std::size_t>(tensor.elements()) * bytesPerElement(type));
      for (std::byte& byte : tensor.data) byte = static_cast<std::byte>(next++);
      file.tensors.emplace_back("t" + std::to_string(file.tensors.size()), std::move(tensor));
    }
  const auto again = readSafetensors(safetensorsBytes(file));
  EXPECT_EQ(again.tensors, file.tensors);
  EXPECT_EQ(again.metadata, file.metadata);
}

TEST(Safetensors, RoundTripKeepsAModelWithItsLicence) {
  ModelFile model = test::tinyModel();
  model.attribution = "A. Author";
  const ModelFile again = readModelFile(safetensorsBytes(model));
  EXPECT_EQ(again.kind, FileKind::safetensors);
  EXPECT_EQ(again.weights, model.weights);
  EXPECT_EQ(again.spec, model.spec);
  EXPECT_EQ(again.licence, model.licence);
  EXPECT_EQ(again.attribution, model.attribution);
  EXPECT_EQ(again.origin, model.origin);
}

TEST(Safetensors, RecognisesAFormattedHeader) {
  for (const char* space : {" ", "\n", "\t", "\r\n"})
    EXPECT_THAT(test::refusalOf([&] {
                  readModelFile(fileOf("{"s + space + entry("a", "U8", "1", "0,1") + "}", "1"));
                }).message,
                HasSubstr("the first tensor is 'a'"));
}

TEST(Safetensors, RefusesToWriteInvalidUtf8) {
  ModelFile model = test::tinyModel();
  model.licence = "\xFF";
  EXPECT_EQ(test::refusalOf([&] { safetensorsBytes(model); }).kind, ErrorKind::invalidArgument);
}

TEST(Safetensors, RefusesALongHeader) {
  for (const std::uint64_t length :
       {std::uint64_t{3}, std::uint64_t{5} << 20, std::uint64_t{1} << 40, ~std::uint64_t{0}})
    EXPECT_THAT(refusal(fileOf("{}", "", length)), HasSubstr("claims a safetensors header of"));
}

TEST(Safetensors, RefusesByteRangesThatAreNotContiguous) {
  const auto two = [](const char* first, const char* second) {
    return fileOf("{" + entry("a", "U8", "2", first) + "," + entry("b", "U8", "2", second) + "}", "12345");
  };
  EXPECT_THAT(refusal(two("0,2", "1,3")), HasSubstr("'b' begins at byte 1; expected 2"));
  EXPECT_THAT(refusal(two("2,4", "0,2")), HasSubstr("'a' begins at byte 2; expected 0"));
  EXPECT_THAT(refusal(two("0,2", "3,5")), HasSubstr("'b' begins at byte 3; expected 2"));
  EXPECT_THAT(refusal(two("0,2", "2,4")), HasSubstr("belong to no tensor"));
}

TEST(Safetensors, RefusesByteRangesThatDoNotMatchFileOrShape) {
  EXPECT_THAT(refusal(fileOf("{" + entry("a", "U8", "2", "0,2") + "}", "1")), HasSubstr("outside"));
  EXPECT_THAT(refusal(fileOf("{" + entry("a", "U8", "3", "0,2") + "}", "12")), HasSubstr("2 bytes"));
  EXPECT_THAT(refusal(fileOf("{" + entry("a", "F32", "1", "0,2") + "}", "12")), HasSubstr("2 bytes"));
  EXPECT_THAT(refusal(fileOf("{" + entry("a", "U8", "", "2,1") + "}", "12")), HasSubstr("begins"));
  EXPECT_THAT(refusal(fileOf("{" + entry("a", "F32", "4611686018427387904,4", "0,0") + "}")),
              HasSubstr("0 bytes"));
}

TEST(Safetensors, SkipsTensorsOfUnsupportedTypes) {
  const auto file = readSafetensors(
      fileOf("{" + entry("u", "U16", "2", "0,4") + "," + entry("f4", "F4", "2,2", "4,6") + "," +
                 entry("a", "U8", "1", "6,7") + "," + entry("f6", "F6_E2M3", "4", "7,10") + "," +
                 entry("c", "C64", "1", "10,18") + "," + entry("new", "F2_E1M0", "5", "18,20") + "}",
             "012345\x07" + std::string(13, 'x')));
  ASSERT_EQ(file.tensors.size(), 1U);
  EXPECT_EQ(file.tensors[0].first, "a");
  EXPECT_THAT(toFloats(file.tensors[0].second), ElementsAre(7));
}

TEST(Safetensors, RefusesByteRangesThatDoNotMatchAnUnsupportedType) {
  EXPECT_THAT(refusal(fileOf("{" + entry("a", "U16", "2", "0,3") + "}", "123")), HasSubstr("3 bytes"));
  EXPECT_THAT(refusal(fileOf("{" + entry("a", "F4", "3", "0,1") + "}", "1")), HasSubstr("1 bytes"));
  EXPECT_THAT(refusal(fileOf("{" + entry("a", "C64", "4611686018427387904", "0,0") + "}")),
              HasSubstr("0 bytes"));
}

Bytes modelWithFirst(const std::string& type, const std::string& replaced) {
  const Bytes bytes = safetensorsBytes(test::tinyModel());
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  text.replace(text.find(replaced), replaced.size(), type);
  return test::bytesOf(text);
}

TEST(Safetensors, NamesTheWeightOfAnUnsupportedType) {
  const auto result = test::refusalOf([] { readModelFile(modelWithFirst("\"U32\"", "\"F32\"")); });
  EXPECT_EQ(result.kind, ErrorKind::wrongFile);
  EXPECT_THAT(result.message, AllOf(HasSubstr("holds 'model.1.weight' in U32"), HasSubstr("expected F32")));
}

TEST(Safetensors, RefusesDuplicateNames) {
  const std::string a = entry("a", "U8", "0", "0,0");
  EXPECT_THAT(refusal(fileOf("{" + a + "," + a + "}")), HasSubstr("'a' twice"));
  EXPECT_THAT(refusal(fileOf(R"({"__metadata__":{"k":"1","k":"2"}})")), HasSubstr("'k' twice"));
  EXPECT_THAT(refusal(fileOf(R"({"a":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}})")),
              HasSubstr("each once"));
}

TEST(Safetensors, RefusesHeadersOfAnotherForm) {
  for (const char* header : {"{",
                             "{}}",
                             R"({"a":1})",
                             R"({"a":{}})",
                             R"({"a":{"dtype":"U8","shape":[0]}})",
                             R"({"a":[]})",
                             R"({"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,0]}})",
                             R"({"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,0]}})",
                             R"({"a":{"dtype":"U8","shape":[[0]],"data_offsets":[0,0]}})",
                             R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0]}})",
                             R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0,0]}})",
                             R"({"a":{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,0]}})",
                             R"({"a":{"dtype":"U8","shape":[1e99],"data_offsets":[0,0]}})",
                             R"({"a":{"dtype":7,"shape":[0],"data_offsets":[0,0]}})",
                             R"({"a":{"more":1}})",
                             R"({"__metadata__":{"k":{}}})",
                             R"({"__metadata__":null})",
                             "{\"a\xFF\":{}}",
                             "{null:1}",
                             "{true}"})
    refusal(fileOf(header));
}

TEST(Safetensors, RefusesDeepNesting) {
  refusal(fileOf("{\"a\":" + std::string(1'000'000, '[')));
  std::string header = "{";
  for (int i = 0; i < 100'000; ++i) header += "\"a\":{";
  refusal(fileOf(header));
}

TEST(Safetensors, RefusesTruncationAndSurvivesFlippedBits) {
  Bytes bytes = fileOf("{" + entry("a", "U8", "2", "0,2") + R"(,"__metadata__":{"k":"v"}})", "12");
  readSafetensors(bytes);
  for (std::size_t length = 0; length < bytes.size(); ++length)
    refusal(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length)));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    test::Refusal result;
    const double seconds =
        test::processorSecondsOf([&] { result = test::refusalOf([&] { readSafetensors(bytes); }); });
    EXPECT_LT(seconds, test::mostSeconds) << bit;
    EXPECT_TRUE(result.message == "nothing was thrown" || result.kind == ErrorKind::wrongFile)
        << result.message;
    bytes[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
  }
}

}  // namespace
}  // namespace cut
