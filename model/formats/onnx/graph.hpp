// Putting an ONNX graph together: values are known by their names, each operator gives a new one.
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

namespace cut::onnx {

// The name of a tensor in the graph.
using Value = std::string;
using Shape = std::vector<std::int64_t>;

// An attribute of an operator.
struct Attribute {
  std::string name;
  ProtobufMessage value;
};
Attribute attribute(std::string name, std::int64_t value);
Attribute attribute(std::string name, const Shape& values);
Attribute attribute(std::string name, float value);
Attribute attribute(std::string name, std::string_view text);

class Graph {
 public:
  // A constant; the same name is kept once.
  Value constant(const std::string& name, const Shape& shape, std::span<const float> values);
  Value constant(const std::string& name, const Shape& shape, std::span<const std::int64_t> values);
  Value scalar(std::int64_t value);
  Value scalar(float value);

  // The only output of operator `type`; an empty input is one left out.
  Value apply(std::string_view type, const std::vector<Value>& inputs,
              const std::vector<Attribute>& attributes = {});

  // (batch, channels, height, width) of floats, the first and the last two sides free.
  void input(const Value& name, std::int64_t channels);
  void output(const Value& value, const std::string& name, std::int64_t channels);

  // The whole model, with `metadata` in its properties. Throws unsupported beyond the format's 2 GiB.
  std::string finish(const std::map<std::string, std::string>& metadata) &&;

 private:
  Value addConstant(const std::string& name, const Shape& shape, int type, std::string_view raw);

  ProtobufMessage graph_;
  std::set<std::string> constants_;
  int values_ = 0;
};

}  // namespace cut::onnx
