// SPDX-License-Identifier: MIT
#include "formats/onnx/onnx_graph.hpp"

#include <limits>

#include "cuttranslate/error.hpp"

namespace cut::onnx {
namespace {

// Enumerations of onnx.proto, IR version 8. Field numbers below are from there, too.
constexpr int irVersion = 8;
constexpr int opset = 17;
constexpr int typeFloat = 1;
constexpr int typeInt64 = 7;
enum AttributeType { attributeFloat = 1, attributeInt = 2, attributeString = 3, attributeInts = 7 };

Attribute makeAttribute(std::string name, AttributeType type, ProtobufMessage value) {
  value.text(1, name).integer(20, type);
  return {std::move(name), std::move(value)};
}

template <typename T>
std::string_view rawBytes(std::span<const T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

ProtobufMessage frameTensorInfo(const std::string& name, std::int64_t channels) {
  ProtobufMessage shape;
  shape.message(1, ProtobufMessage().text(2, "batch"));
  shape.message(1, ProtobufMessage().integer(1, channels));
  shape.message(1, ProtobufMessage().text(2, "height"));
  shape.message(1, ProtobufMessage().text(2, "width"));
  const ProtobufMessage tensor = ProtobufMessage().integer(1, typeFloat).message(2, shape);
  return ProtobufMessage().text(1, name).message(2, ProtobufMessage().message(1, tensor));
}

constexpr float normEpsilon = 1e-5F;

Shape onAllBorders(std::int64_t pixels) {
  return Shape(4, pixels);
}

}  // namespace

Attribute attribute(std::string name, std::int64_t value) {
  return makeAttribute(std::move(name), attributeInt, ProtobufMessage().integer(3, value));
}

Attribute attribute(std::string name, const Shape& values) {
  return makeAttribute(std::move(name), attributeInts, ProtobufMessage().integers(8, values));
}

Attribute attribute(std::string name, float value) {
  return makeAttribute(std::move(name), attributeFloat, ProtobufMessage().float32(2, value));
}

Attribute attribute(std::string name, std::string_view text) {
  return makeAttribute(std::move(name), attributeString, ProtobufMessage().text(4, text));
}

Value OnnxGraph::addConstant(const std::string& name, const Shape& shape, int type, std::string_view raw) {
  if (constants_.insert(name).second)
    graph_.message(5, ProtobufMessage().integers(1, shape).integer(2, type).text(8, name).text(9, raw));
  return name;
}

Value OnnxGraph::constant(const std::string& name, const Shape& shape, std::span<const float> values) {
  return addConstant(name, shape, typeFloat, rawBytes(values));
}

Value OnnxGraph::constant(const std::string& name, const Shape& shape, std::span<const std::int64_t> values) {
  return addConstant(name, shape, typeInt64, rawBytes(values));
}

Value OnnxGraph::scalar(std::int64_t value) {
  return constant("int_" + std::to_string(value), {}, std::span<const std::int64_t>(&value, 1));
}

Value OnnxGraph::scalar(float value) {
  return constant("float_" + std::to_string(value), {}, std::span<const float>(&value, 1));
}

Value OnnxGraph::apply(std::string_view type, const std::vector<Value>& inputs,
                       const std::vector<Attribute>& attributes) {
  std::string name = std::string(type) + "_" + std::to_string(values_++);
  ProtobufMessage node;
  for (const Value& value : inputs) node.text(1, value);
  node.text(2, name).text(3, name).text(4, type);
  for (const Attribute& attribute : attributes) node.message(5, attribute.value);
  graph_.message(1, node);
  return name;
}

void OnnxGraph::input(const Value& name, std::int64_t channels) {
  graph_.message(11, frameTensorInfo(name, channels));
}

void OnnxGraph::output(const Value& value, const std::string& name, std::int64_t channels) {
  graph_.message(1, ProtobufMessage().text(1, value).text(2, name).text(3, name).text(4, "Identity"));
  graph_.message(12, frameTensorInfo(name, channels));
}

std::string OnnxGraph::finish(const std::map<std::string, std::string>& metadata) && {
  graph_.text(2, "generator");
  ProtobufMessage model;
  model.integer(1, irVersion).text(2, "cuttranslate").message(7, graph_);
  model.message(8, ProtobufMessage().text(1, "").integer(2, opset));
  for (const auto& [key, value] : metadata) model.message(14, ProtobufMessage().text(1, key).text(2, value));
  if (model.bytes().size() > std::numeric_limits<std::int32_t>::max())
    throw Error(ErrorKind::unsupported,
                "the model takes more than the 2 GiB that an ONNX file can hold; convert it to .safetensors");
  return model.bytes();
}

const Tensor& OnnxLayers::tensor(const std::string& name) const {
  const Tensor* found = find(model_.weights, name);
  if (found == nullptr) throw Error(ErrorKind::internal, "the model lacks the tensor '" + name + "'");
  return *found;
}

std::vector<float> OnnxLayers::floats(const std::string& name) const {
  return toFloats(tensor(name));
}

Shape OnnxLayers::shapeOf(const std::string& name) const {
  return tensor(name).shape;
}

Value OnnxLayers::weights(const std::string& name) {
  return graph_.constant(name, shapeOf(name), floats(name));
}

std::vector<Value> OnnxLayers::inputsOf(const Value& x, const std::string& name) {
  std::vector<Value> inputs{x, weights(name + ".weight")};
  if (find(model_.weights, name + ".bias") != nullptr) inputs.push_back(weights(name + ".bias"));
  return inputs;
}

Value OnnxLayers::convolution(const Value& x, const std::string& name, const ConvolutionShape& shape) {
  return graph_.apply(
      "Conv", inputsOf(x, name),
      {attribute("strides", Shape(2, shape.stride)), attribute("pads", onAllBorders(shape.padding))});
}

Value OnnxLayers::transposedConvolution(const Value& x, const std::string& name,
                                        const ConvolutionShape& shape) {
  return graph_.apply(
      "ConvTranspose", inputsOf(x, name),
      {attribute("strides", Shape(2, shape.stride)), attribute("pads", onAllBorders(shape.padding)),
       attribute("output_padding", Shape(2, shape.outputPadding))});
}

Value OnnxLayers::filtered(const Value& x, const std::string& filterName, const std::vector<float>& taps,
                           std::int64_t filterSize, std::int64_t channels, std::int64_t stride,
                           const Shape& pads) {
  std::vector<float> all;
  all.reserve(taps.size() * static_cast<std::size_t>(channels));
  for (std::int64_t i = 0; i < channels; ++i) all.insert(all.end(), taps.begin(), taps.end());
  const Value filter = graph_.constant(filterName + "_" + std::to_string(channels),
                                       {channels, 1, filterSize, filterSize}, all);
  return graph_.apply(
      "Conv", {x, filter},
      {attribute("strides", Shape(2, stride)), attribute("pads", pads), attribute("group", channels)});
}

Value OnnxLayers::norm(const Value& x, const std::string& name, std::int64_t channels) {
  if (spec().norm == Norm::none) return x;
  if (spec().norm == Norm::batch)
    return graph_.apply("BatchNormalization",
                        {x, weights(name + ".weight"), weights(name + ".bias"),
                         weights(name + ".running_mean"), weights(name + ".running_var")},
                        {attribute("epsilon", normEpsilon)});
  const auto count = static_cast<std::size_t>(channels);
  const std::string suffix = "_" + std::to_string(channels);
  const Value ones = graph_.constant("ones" + suffix, {channels}, std::vector<float>(count, 1));
  const Value zeros = graph_.constant("zeros" + suffix, {channels}, std::vector<float>(count, 0));
  return graph_.apply("InstanceNormalization", {x, ones, zeros}, {attribute("epsilon", normEpsilon)});
}

Value OnnxLayers::reflectPad(const Value& x, std::int64_t pixels) {
  const std::vector<std::int64_t> pads{0, 0, pixels, pixels, 0, 0, pixels, pixels};
  const Value padsValue = graph_.constant("pads_" + std::to_string(pixels), {8}, pads);
  return graph_.apply("Pad", {x, padsValue}, {attribute("mode", std::string_view("reflect"))});
}

}  // namespace cut::onnx
