// What an exported file is made of, without ONNX Runtime: the wire format, and what is refused.
#include <gtest/gtest.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/protobuf.hpp"
#include "cuttranslate/error.hpp"
#include "formats/model_writer.hpp"
#include "tiny_model.hpp"

namespace cut {
namespace {

using namespace std::string_literals;

// The examples of protobuf.dev, "Encoding".
TEST(ProtobufMessage, EncodesTheExamplesOfTheDocumentation) {
  EXPECT_EQ(ProtobufMessage().integer(1, 150).bytes(), "\x08\x96\x01"s);
  EXPECT_EQ(ProtobufMessage().text(2, "testing").bytes(), "\x12\x07testing"s);
  EXPECT_EQ(ProtobufMessage().message(3, ProtobufMessage().integer(1, 150)).bytes(), "\x1A\x03\x08\x96\x01"s);
  EXPECT_EQ(ProtobufMessage().integer(1, -2).bytes(), "\x08\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"s);
  EXPECT_EQ(ProtobufMessage().float32(2, 1).bytes(), "\x15\x00\x00\x80\x3F"s);
  EXPECT_EQ(ProtobufMessage().float64(2, 1).bytes(), "\x11\x00\x00\x00\x00\x00\x00\xF0\x3F"s);
  const std::vector<std::int64_t> repeated{1, 2};
  EXPECT_EQ(ProtobufMessage().integers(1, repeated).bytes(), "\x08\x01\x08\x02"s);
}

std::string exported(const ModelFile& model) {
  const auto bytes = onnxBytes(model);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(OnnxModel, BeginsWithItsVersionAndHoldsItsTensorsByName) {
  const std::string bytes = exported(test::tinyModel());
  EXPECT_TRUE(
      bytes.starts_with("\x08\x08\x12\x0C"
                        "cuttranslate"s));
  for (const char* part :
       {"model.1.weight", "InstanceNormalization", "input", "output", "licence", "CC0-1.0"})
    EXPECT_NE(bytes.find(part), std::string::npos) << part;
}

TEST(OnnxModel, HoldsFloatsWhateverTheTypeOfTheWeights) {
  ModelFile model = test::tinyModel();
  const std::string bytes = exported(model);
  for (auto& [name, tensor] : model.weights) {
    const std::vector<float> values = toFloats(tensor);
    const std::vector<double> wide(values.begin(), values.end());
    const auto raw = std::as_bytes(std::span(wide));
    tensor.dtype = DType::float64;
    tensor.data.assign(raw.begin(), raw.end());
  }
  EXPECT_EQ(exported(model), bytes);
}

TEST(OnnxModel, IsNotMadeOfAProgramOrOfOtherWeights) {
  ModelFile model;
  model.kind = FileKind::torchScript;
  EXPECT_THROW(onnxBytes(model), Error);
  model = test::tinyModel();
  model.weights.pop_back();
  EXPECT_THROW(onnxBytes(model), Error);
}

}  // namespace
}  // namespace cut
