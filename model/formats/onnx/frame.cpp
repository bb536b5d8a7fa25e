// Frames of any size around a network that takes only some.
#include "formats/onnx/layers.hpp"

namespace cut::onnx {

Frame::Frame(Graph& graph, const Value& input)
    : graph_(graph), input_(input), shape_(graph.apply("Shape", {input})) {}

// 0 1 2 3 2 1 0 1 ... for a side of 4, as many as the padded side has.
Value Frame::mirroredPositions(std::int64_t axis, std::int64_t multiple) {
  const auto number = [this](std::int64_t value) { return graph_.scalar(value); };
  const Value side = graph_.apply("Gather", {shape_, number(axis)});
  const Value atLeast = graph_.apply("Max", {side, number(8)});
  const Value parts =
      graph_.apply("Div", {graph_.apply("Add", {atLeast, number(multiple - 1)}), number(multiple)});
  const Value paddedSide = graph_.apply("Mul", {parts, number(multiple)});
  const Value positions = graph_.apply("Range", {number(0), paddedSide, number(1)});
  const Value once = graph_.apply("Mul", {graph_.apply("Sub", {side, number(1)}), number(2)});
  const Value period = graph_.apply("Max", {once, number(1)});  // a single pixel is its own mirror
  const Value within = graph_.apply("Mod", {positions, period});
  return graph_.apply("Min", {within, graph_.apply("Sub", {period, within})});
}

Value Frame::padded(std::int64_t multiple) {
  Value x = input_;
  for (const std::int64_t axis : {2, 3})
    x = graph_.apply("Gather", {x, mirroredPositions(axis, multiple)}, {attribute("axis", axis)});
  return x;
}

Value Frame::cropped(const Value& output) {
  const auto list = [this](const char* name, const std::vector<std::int64_t>& values) {
    return graph_.constant(name, {static_cast<std::int64_t>(values.size())}, values);
  };
  const Value sides = graph_.apply("Slice", {shape_, list("from_2", {2}), list("to_4", {4})});
  return graph_.apply("Slice", {output, list("from_0_0", {0, 0}), sides, list("axes_2_3", {2, 3})});
}

}  // namespace cut::onnx
