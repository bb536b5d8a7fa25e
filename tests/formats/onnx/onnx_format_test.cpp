// SPDX-License-Identifier: MIT
// Exported ONNX models without ONNX Runtime.
#include <gtest/gtest.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cuttranslate/error.hpp"
#include "formats/model_writer.hpp"
#include "tiny_model.hpp"

namespace cut {
namespace {

using namespace std::string_literals;

std::string exported(const ModelFile& model) {
  const auto bytes = onnxBytes(model);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(OnnxModel, HasVersionProducerAndTensorNames) {
  const std::string bytes = exported(test::tinyModel());
  EXPECT_TRUE(
      bytes.starts_with("\x08\x08\x12\x0C"
                        "cuttranslate"s));
  for (const char* part :
       {"model.1.weight", "InstanceNormalization", "input", "output", "licence", "CC0-1.0"})
    EXPECT_NE(bytes.find(part), std::string::npos) << part;
}

TEST(OnnxModel, ConvertsWeightsToFloat32) {
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

TEST(OnnxModel, RefusesTorchScriptAndInconsistentModels) {
  ModelFile model;
  model.kind = FileKind::torchScript;
  EXPECT_THROW(onnxBytes(model), Error);
  model = test::tinyModel();
  model.weights.pop_back();
  EXPECT_THROW(onnxBytes(model), Error);
}

}  // namespace
}  // namespace cut
