// SinCUT's generators as ONNX operators: weights scaled and demodulated beforehand, the noise of evaluation.
#include <cmath>
#include <numbers>

#include "arch/generator_layers.hpp"
#include "arch/style_noise.hpp"
#include "formats/onnx/layers.hpp"

namespace cut::onnx {
namespace {

constexpr auto rootOfTwo = std::numbers::sqrt2_v<float>;

class Builder {
 public:
  Builder(Layers& layers, Value x)
      : layers_(layers), graph_(layers.graph()), spec_(layers.spec()), x_(std::move(x)) {}

  Value run() && {
    begin("encoder.convs.", 1);  // 0 is the input
    x_ = layer(x_, nextName(), 0, {});
    for (int i = 0; i < spec_.downs; ++i) down(styleGanChannels(spec_, i));
    plainBlocks();
    begin("decoder.convs.", 0);
    plainBlocks();
    for (int i = 0; i < spec_.downs; ++i) up(i);
    return layer(x_, nextName(), 0, {});
  }

 private:
  void begin(const char* prefix, int index) {
    prefix_ = prefix;
    index_ = index;
  }
  std::string nextName() { return prefix_ + std::to_string(index_++); }

  // The convolution `name`, its weights scaled as in use.
  Value convolution(const Value& x, const std::string& name, const ConvolutionShape& shape) {
    const std::string weightName = name + ".weight";
    const Shape sides = layers_.shapeOf(weightName);
    const float scale = 1 / std::sqrt(static_cast<float>(sides[1] * sides[2] * sides[3]));
    std::vector<float> weights = layers_.floats(weightName);
    for (float& weight : weights) weight *= scale;
    return graph_.apply(
        "Conv", {x, graph_.constant(weightName, sides, weights)},
        {attribute("strides", Shape(2, shape.stride)), attribute("pads", Shape(4, shape.padding))});
  }

  Value activation(const Value& x, const std::string& name) {
    const std::string biasName = name + ".bias";
    const Value bias = graph_.constant(biasName, layers_.shapeOf(biasName), layers_.floats(biasName));
    const Value y = graph_.apply("LeakyRelu", {graph_.apply("Add", {x, bias})}, {attribute("alpha", 0.2F)});
    return graph_.apply("Mul", {y, graph_.scalar(rootOfTwo)});
  }

  // The convolution at place `first` of the layer, and the activation behind it.
  Value layer(const Value& x, const std::string& name, int first, const ConvolutionShape& shape) {
    const Value y = convolution(x, name + "." + std::to_string(first), shape);
    return activation(y, name + "." + std::to_string(first + 1));
  }

  Value blurred(const Value& x, LayerKind kind, std::int64_t channels, std::int64_t before,
                std::int64_t behind) {
    const auto taps = filterTaps(kind);
    const bool up = kind == LayerKind::styleUpFilter;
    return layers_.filtered(x, up ? "up_filter" : "down_filter", {taps.begin(), taps.end()}, 4, channels, 1,
                            {before, before, behind, behind});
  }

  void addSkip(const Value& y, const Value& skip) {
    x_ = graph_.apply("Mul", {graph_.apply("Add", {y, skip}), graph_.scalar(1 / rootOfTwo)});
  }

  void down(std::int64_t channels) {
    const std::string name = nextName();
    Value y = layer(x_, name + ".conv1", 0, {.padding = 1});
    y = blurred(y, LayerKind::styleDownFilter, channels, 2, 2);
    y = layer(y, name + ".conv2", 1, {.stride = 2});
    const Value skip = blurred(x_, LayerKind::styleDownFilter, channels, 1, 1);
    addSkip(y, convolution(skip, name + ".skip.1", {.stride = 2}));
  }

  void plainBlocks() {
    for (int i = 0; i < spec_.blocks / 2; ++i) {
      const std::string name = nextName();
      addSkip(layer(layer(x_, name + ".conv1", 0, {.padding = 1}), name + ".conv2", 0, {.padding = 1}), x_);
    }
  }

  // (1, outputs, inputs, 3, 3), as a transposed convolution takes it: (inputs, outputs, 3, 3), of which every
  // output has length 1.
  Value demodulated(const std::string& name) {
    const Shape sides = layers_.shapeOf(name);
    const auto outputs = static_cast<std::size_t>(sides[1]);
    const auto inputs = static_cast<std::size_t>(sides[2]);
    constexpr std::size_t taps = 9;
    const std::vector<float> weights = layers_.floats(name);
    const double scale = 1 / std::sqrt(static_cast<double>(inputs * taps));
    std::vector<float> turned(weights.size());
    for (std::size_t o = 0; o < outputs; ++o) {
      const float* from = weights.data() + o * inputs * taps;
      double squares = 1e-8;
      for (std::size_t i = 0; i < inputs * taps; ++i) squares += from[i] * scale * from[i] * scale;
      const auto factor = static_cast<float>(scale / std::sqrt(squares));
      for (std::size_t i = 0; i < inputs; ++i)
        for (std::size_t t = 0; t < taps; ++t)
          turned[(i * outputs + o) * taps + t] = from[i * taps + t] * factor;
    }
    return graph_.constant(name, {sides[2], sides[1], sides[3], sides[4]}, turned);
  }

  // (height, width) of the noise that a map of x's size gets.
  Value noiseLike(const Value& x, int noiseLayer) {
    const StyleNoise noise = makeStyleNoise();
    const auto list = [this](const char* name, const auto& values) {
      return graph_.constant(name, {static_cast<std::int64_t>(values.size())}, std::span(values));
    };
    const auto count = [&](std::int64_t axis) {
      const Value side = graph_.apply("Gather", {graph_.apply("Shape", {x}), graph_.scalar(axis)});
      return graph_.apply("Range", {graph_.scalar(std::int64_t{0}), side, graph_.scalar(std::int64_t{1})});
    };
    const Value shift = graph_.scalar(styleNoiseLayerStep * noiseLayer);
    const Value rows = graph_.apply("Mod", {graph_.apply("Add", {count(2), shift}),
                                            graph_.scalar(static_cast<std::int64_t>(noise.starts.size()))});
    const Value starts = graph_.apply("Gather", {list("noise_starts", noise.starts), rows});
    const std::vector<std::int64_t> last{1};
    const Value column = graph_.apply("Unsqueeze", {starts, list("last_axis", last)});
    const Value places = graph_.apply("Mod", {graph_.apply("Add", {column, count(3)}),
                                              graph_.scalar(static_cast<std::int64_t>(noise.line.size()))});
    return graph_.apply("Gather", {list("noise_line", noise.line), places});
  }

  void up(int number) {
    const std::string name = nextName();
    const int channels = styleGanChannels(spec_, spec_.downs - number - 1);
    x_ = graph_.apply("ConvTranspose", {x_, demodulated(name + ".conv.weight")},
                      {attribute("strides", Shape(2, 2))});
    x_ = blurred(x_, LayerKind::styleUpFilter, channels, 1, 1);
    if (spec_.architecture == "stylegan2") {
      const Value strength =
          graph_.constant(name + ".noise.weight", {1}, layers_.floats(name + ".noise.weight"));
      x_ = graph_.apply("Add", {x_, graph_.apply("Mul", {noiseLike(x_, number), strength})});
    }
    x_ = activation(x_, name + ".activate");
  }

  Layers& layers_;
  Graph& graph_;
  const GeneratorSpec& spec_;
  Value x_;
  std::string prefix_;
  int index_ = 0;
};

}  // namespace

Value styleGan(Layers& layers, const Value& input) {
  return Builder(layers, input).run();
}

}  // namespace cut::onnx
