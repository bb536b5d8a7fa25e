// The U-Net generators as ONNX operators.
#include "arch/generator_layers.hpp"
#include "formats/onnx/layers.hpp"

namespace cut::onnx {
namespace {

constexpr ConvolutionShape halving{.stride = 2, .padding = 1};

// Down, the levels below, up. `prefix`: of the level's modules.
Value level(Layers& layers, const Value& x, int index, const std::string& prefix) {
  const GeneratorSpec& spec = layers.spec();
  Graph& graph = layers.graph();
  const bool outermost = index == 0;
  const bool innermost = index == spec.downs - 1;
  int place = outermost ? 0 : 1;
  const auto name = [&prefix](int number) { return prefix + std::to_string(number); };

  const Value activated = outermost ? x : graph.apply("LeakyRelu", {x}, {attribute("alpha", 0.2F)});
  Value y = layers.convolution(activated, name(place), halving);
  if (!outermost && !innermost) y = layers.norm(y, name(++place), unetChannels(spec, index));
  if (!innermost) y = level(layers, y, index + 1, name(++place) + ".model.");
  place += 2;
  y = layers.transposedConvolution(graph.apply("Relu", {y}), name(place), halving);
  if (outermost) return graph.apply("Tanh", {y});
  y = layers.norm(y, name(place + 1), unetChannels(spec, index - 1));
  return graph.apply("Concat", {activated, y}, {attribute("axis", std::int64_t{1})});
}

}  // namespace

Value unet(Layers& layers, const Value& input) {
  return level(layers, input, 0, "model.model.");
}

}  // namespace cut::onnx
