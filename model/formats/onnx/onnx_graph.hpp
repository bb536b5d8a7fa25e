// SPDX-License-Identifier: MIT
// Builds an ONNX graph: values are known by their names, each operator gives a new one.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/protobuf.hpp"
#include "cuttranslate/model_file.hpp"

namespace cut::onnx {

// The name of a tensor in the graph.
using Value = std::string;
using Shape = std::vector<std::int64_t>;

struct Attribute {
  std::string name;
  ProtobufMessage value;
};
Attribute attribute(std::string name, std::int64_t value);
Attribute attribute(std::string name, const Shape& values);
Attribute attribute(std::string name, float value);
Attribute attribute(std::string name, std::string_view text);

class OnnxGraph {
 public:
  // Constants (initializers); a name that is there already keeps its first value.
  Value constant(const std::string& name, const Shape& shape, std::span<const float> values);
  Value constant(const std::string& name, const Shape& shape, std::span<const std::int64_t> values);
  Value scalar(std::int64_t value);
  Value scalar(float value);

  // Adds a node of operator `type` and gives its output. An empty input is an optional one that is left out.
  Value apply(std::string_view type, const std::vector<Value>& inputs,
              const std::vector<Attribute>& attributes = {});

  // Floats of shape (batch, channels, height, width); only the number of channels is fixed.
  void input(const Value& name, std::int64_t channels);
  void output(const Value& value, const std::string& name, std::int64_t channels);

  // The encoded model, with `metadata` in metadata_props. Throws unsupported beyond the format's 2 GiB.
  std::string finish(const std::map<std::string, std::string>& metadata) &&;

 private:
  Value addConstant(const std::string& name, const Shape& shape, int type, std::string_view raw);

  ProtobufMessage graph_;
  std::set<std::string> constants_;
  int values_ = 0;
};

struct ConvolutionShape {
  std::int64_t stride = 1;
  std::int64_t padding = 0;        // zeros on each border
  std::int64_t outputPadding = 0;  // of a transposed convolution
};

// Adds layers of a network with their weights.
class OnnxLayers {
 public:
  OnnxLayers(const ModelFile& model, OnnxGraph& graph) : model_(model), graph_(graph) {}

  OnnxGraph& graph() noexcept { return graph_; }
  const GeneratorSpec& spec() const noexcept { return model_.spec; }

  // The data of the tensor `name` as float32. Throws internal where the model, which was checked, lacks it.
  std::vector<float> floats(const std::string& name) const;
  Shape shapeOf(const std::string& name) const;

  // `name` is that of the layer, which has weights and perhaps a bias.
  Value convolution(const Value& x, const std::string& name, const ConvolutionShape& shape);
  Value transposedConvolution(const Value& x, const std::string& name, const ConvolutionShape& shape);
  // A depthwise convolution with the same square filter for every channel. `pads` are zeros: top, left,
  // bottom, right.
  Value filtered(const Value& x, const std::string& filterName, const std::vector<float>& taps,
                 std::int64_t filterSize, std::int64_t channels, std::int64_t stride, const Shape& pads);

  // The norm layer `name`, of the spec's kind.
  Value norm(const Value& x, const std::string& name, std::int64_t channels);
  Value reflectPad(const Value& x, std::int64_t pixels);

 private:
  const Tensor& tensor(const std::string& name) const;
  Value weights(const std::string& name);
  std::vector<Value> inputsOf(const Value& x, const std::string& name);

  const ModelFile& model_;
  OnnxGraph& graph_;
};

// Adds a network. Height and width of `input` are multiples of the spec's sizeMultiple(). Gives its output.
Value addResnet(OnnxLayers& layers, const Value& input);
Value addUnet(OnnxLayers& layers, const Value& input);
Value addStyleGan(OnnxLayers& layers, const Value& input);

}  // namespace cut::onnx
