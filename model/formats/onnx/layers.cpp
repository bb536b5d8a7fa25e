#include "formats/onnx/layers.hpp"

#include "cuttranslate/error.hpp"

namespace cut::onnx {
namespace {

constexpr float epsilon = 1e-5F;  // of every norm

Shape onAllSides(std::int64_t pixels) {
  return Shape(4, pixels);
}

}  // namespace

const Tensor& Layers::tensor(const std::string& name) const {
  const Tensor* found = find(model_.weights, name);
  if (found == nullptr) throw Error(ErrorKind::internal, "the model lacks the tensor '" + name + "'");
  return *found;
}

std::vector<float> Layers::floats(const std::string& name) const {
  return toFloats(tensor(name));
}

Shape Layers::shapeOf(const std::string& name) const {
  return tensor(name).shape;
}

Value Layers::weights(const std::string& name) {
  return graph_.constant(name, shapeOf(name), floats(name));
}

std::vector<Value> Layers::inputsOf(const Value& x, const std::string& name) {
  std::vector<Value> inputs{x, weights(name + ".weight")};
  if (find(model_.weights, name + ".bias") != nullptr) inputs.push_back(weights(name + ".bias"));
  return inputs;
}

Value Layers::convolution(const Value& x, const std::string& name, const ConvolutionShape& shape) {
  return graph_.apply(
      "Conv", inputsOf(x, name),
      {attribute("strides", Shape(2, shape.stride)), attribute("pads", onAllSides(shape.padding))});
}

Value Layers::transposedConvolution(const Value& x, const std::string& name, const ConvolutionShape& shape) {
  return graph_.apply(
      "ConvTranspose", inputsOf(x, name),
      {attribute("strides", Shape(2, shape.stride)), attribute("pads", onAllSides(shape.padding)),
       attribute("output_padding", Shape(2, shape.outputPadding))});
}

Value Layers::filtered(const Value& x, const std::string& filterName, const std::vector<float>& taps,
                       std::int64_t side, std::int64_t channels, std::int64_t stride, const Shape& pads) {
  std::vector<float> all;
  all.reserve(taps.size() * static_cast<std::size_t>(channels));
  for (std::int64_t i = 0; i < channels; ++i) all.insert(all.end(), taps.begin(), taps.end());
  const Value filter =
      graph_.constant(filterName + "_" + std::to_string(channels), {channels, 1, side, side}, all);
  return graph_.apply(
      "Conv", {x, filter},
      {attribute("strides", Shape(2, stride)), attribute("pads", pads), attribute("group", channels)});
}

Value Layers::norm(const Value& x, const std::string& name, std::int64_t channels) {
  if (spec().norm == Norm::none) return x;
  if (spec().norm == Norm::batch)
    return graph_.apply("BatchNormalization",
                        {x, weights(name + ".weight"), weights(name + ".bias"),
                         weights(name + ".running_mean"), weights(name + ".running_var")},
                        {attribute("epsilon", epsilon)});
  const auto count = static_cast<std::size_t>(channels);
  const std::string suffix = "_" + std::to_string(channels);
  const Value ones = graph_.constant("ones" + suffix, {channels}, std::vector<float>(count, 1));
  const Value zeros = graph_.constant("zeros" + suffix, {channels}, std::vector<float>(count, 0));
  return graph_.apply("InstanceNormalization", {x, ones, zeros}, {attribute("epsilon", epsilon)});
}

Value Layers::reflected(const Value& x, std::int64_t pixels) {
  const std::vector<std::int64_t> pads{0, 0, pixels, pixels, 0, 0, pixels, pixels};
  const Value sides = graph_.constant("pads_" + std::to_string(pixels), {8}, pads);
  return graph_.apply("Pad", {x, sides}, {attribute("mode", std::string_view("reflect"))});
}

}  // namespace cut::onnx
