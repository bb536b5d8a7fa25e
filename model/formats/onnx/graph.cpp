#include "formats/onnx/graph.hpp"

#include <limits>

#include "cuttranslate/error.hpp"

namespace cut::onnx {
namespace {

// Field numbers and enumerations of onnx.proto, IR version 8.
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

ProtobufMessage frames(const std::string& name, std::int64_t channels) {
  ProtobufMessage shape;
  shape.message(1, ProtobufMessage().text(2, "batch"));
  shape.message(1, ProtobufMessage().integer(1, channels));
  shape.message(1, ProtobufMessage().text(2, "height"));
  shape.message(1, ProtobufMessage().text(2, "width"));
  const ProtobufMessage tensor = ProtobufMessage().integer(1, typeFloat).message(2, shape);
  return ProtobufMessage().text(1, name).message(2, ProtobufMessage().message(1, tensor));
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

Value Graph::addConstant(const std::string& name, const Shape& shape, int type, std::string_view raw) {
  if (constants_.insert(name).second)
    graph_.message(5, ProtobufMessage().integers(1, shape).integer(2, type).text(8, name).text(9, raw));
  return name;
}

Value Graph::constant(const std::string& name, const Shape& shape, std::span<const float> values) {
  return addConstant(name, shape, typeFloat, rawBytes(values));
}

Value Graph::constant(const std::string& name, const Shape& shape, std::span<const std::int64_t> values) {
  return addConstant(name, shape, typeInt64, rawBytes(values));
}

Value Graph::scalar(std::int64_t value) {
  return constant("int_" + std::to_string(value), {}, std::span<const std::int64_t>(&value, 1));
}

Value Graph::scalar(float value) {
  return constant("float_" + std::to_string(value), {}, std::span<const float>(&value, 1));
}

Value Graph::apply(std::string_view type, const std::vector<Value>& inputs,
                   const std::vector<Attribute>& attributes) {
  std::string name = std::string(type) + "_" + std::to_string(values_++);
  ProtobufMessage node;
  for (const Value& value : inputs) node.text(1, value);
  node.text(2, name).text(3, name).text(4, type);
  for (const Attribute& attribute : attributes) node.message(5, attribute.value);
  graph_.message(1, node);
  return name;
}

void Graph::input(const Value& name, std::int64_t channels) {
  graph_.message(11, frames(name, channels));
}

void Graph::output(const Value& value, const std::string& name, std::int64_t channels) {
  graph_.message(1, ProtobufMessage().text(1, value).text(2, name).text(3, name).text(4, "Identity"));
  graph_.message(12, frames(name, channels));
}

std::string Graph::finish(const std::map<std::string, std::string>& metadata) && {
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

}  // namespace cut::onnx
