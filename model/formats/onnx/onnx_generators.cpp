// SPDX-License-Identifier: MIT
// The generators as ONNX operators. Layer indices are those of the reference's modules.
#include <cmath>
#include <numbers>

#include "arch/generator_layers.hpp"
#include "arch/style_noise.hpp"
#include "formats/onnx/onnx_graph.hpp"

namespace cut::onnx {
namespace {

class ResnetBuilder {
 public:
  ResnetBuilder(OnnxLayers& layers, Value x) : layers_(layers), spec_(layers.spec()), x_(std::move(x)) {}

  Value run() && {
    const std::int64_t n = spec_.ngf;
    reflect(3);
    convolution({});
    normRelu(n);
    down(2 * n);
    down(4 * n);
    for (int i = 0; i < spec_.blocks; ++i) block(4 * n);
    up(4 * n);
    up(2 * n);
    reflect(3);
    convolution({});
    return apply("Tanh");
  }

 private:
  std::string nextName() { return "model." + std::to_string(index_++); }
  Value apply(std::string_view type) { return layers_.graph().apply(type, {x_}); }

  void reflect(std::int64_t pixels) {
    ++index_;
    x_ = layers_.reflectPad(x_, pixels);
  }
  void convolution(const ConvolutionShape& shape) { x_ = layers_.convolution(x_, nextName(), shape); }

  void normRelu(std::int64_t channels) {
    x_ = layers_.norm(x_, nextName(), channels);
    ++index_;
    x_ = apply("Relu");
  }

  void down(std::int64_t channels) {
    convolution({.stride = spec_.noAntialias ? 2 : 1, .padding = 1});
    normRelu(channels);
    if (spec_.noAntialias) return;
    ++index_;
    const auto taps = filterTaps(LayerKind::downFilter);
    x_ = layers_.filtered(layers_.reflectPad(x_, 1), "down_filter", {taps.begin(), taps.end()}, 3, channels,
                          2, Shape(4, 0));
  }

  void block(std::int64_t channels) {
    const std::string name = nextName() + ".conv_block.";
    const int second = spec_.dropout ? 6 : 5;
    Value y = layers_.convolution(layers_.reflectPad(x_, 1), name + "1", {});
    y = layers_.graph().apply("Relu", {layers_.norm(y, name + "2", channels)});
    y = layers_.convolution(layers_.reflectPad(y, 1), name + std::to_string(second), {});
    x_ = layers_.graph().apply("Add", {x_, layers_.norm(y, name + std::to_string(second + 1), channels)});
  }

  void up(std::int64_t channels) {
    if (spec_.noAntialiasUp) {
      x_ = layers_.transposedConvolution(x_, nextName(), {.stride = 2, .padding = 1, .outputPadding = 1});
    } else {
      ++index_;
      const std::vector<float> factors{1, 1, 2, 2};
      const Value scales = layers_.graph().constant("double_sides", {4}, factors);
      x_ = layers_.graph().apply(
          "Resize", {x_, "", scales},
          {attribute("mode", std::string_view("linear")),
           attribute("coordinate_transformation_mode", std::string_view("half_pixel"))});
      convolution({.padding = 1});
    }
    normRelu(channels / 2);
  }

  OnnxLayers& layers_;
  const GeneratorSpec& spec_;
  Value x_;
  int index_ = 0;
};

constexpr ConvolutionShape halving{.stride = 2, .padding = 1};

// A level of a U-Net: down-sampling, the levels inside, up-sampling. `prefix` is that of the level's modules.
Value addUnetLevel(OnnxLayers& layers, const Value& x, int index, const std::string& prefix) {
  const GeneratorSpec& spec = layers.spec();
  OnnxGraph& graph = layers.graph();
  const bool outermost = index == 0;
  const bool innermost = index == spec.downs - 1;
  int module = outermost ? 0 : 1;
  const auto name = [&prefix](int number) { return prefix + std::to_string(number); };

  const Value activated = outermost ? x : graph.apply("LeakyRelu", {x}, {attribute("alpha", 0.2F)});
  Value y = layers.convolution(activated, name(module), halving);
  if (!outermost && !innermost) y = layers.norm(y, name(++module), unetChannels(spec, index));
  if (!innermost) y = addUnetLevel(layers, y, index + 1, name(++module) + ".model.");
  module += 2;
  y = layers.transposedConvolution(graph.apply("Relu", {y}), name(module), halving);
  if (outermost) return graph.apply("Tanh", {y});
  y = layers.norm(y, name(module + 1), unetChannels(spec, index - 1));
  return graph.apply("Concat", {activated, y}, {attribute("axis", std::int64_t{1})});
}

constexpr auto sqrt2 = std::numbers::sqrt2_v<float>;

class StyleGanBuilder {
 public:
  StyleGanBuilder(OnnxLayers& layers, Value x)
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

  // StyleGAN2 keeps weights at unit variance and scales them by 1 / sqrt(fan-in) in every forward pass: here
  // that is done once.
  Value convolution(const Value& x, const std::string& name, const ConvolutionShape& shape) {
    const std::string weightName = name + ".weight";
    const Shape weightShape = layers_.shapeOf(weightName);
    const float scale = 1 / std::sqrt(static_cast<float>(weightShape[1] * weightShape[2] * weightShape[3]));
    std::vector<float> weights = layers_.floats(weightName);
    for (float& weight : weights) weight *= scale;
    return graph_.apply(
        "Conv", {x, graph_.constant(weightName, weightShape, weights)},
        {attribute("strides", Shape(2, shape.stride)), attribute("pads", Shape(4, shape.padding))});
  }

  Value activation(const Value& x, const std::string& name) {
    const std::string biasName = name + ".bias";
    const Value bias = graph_.constant(biasName, layers_.shapeOf(biasName), layers_.floats(biasName));
    const Value y = graph_.apply("LeakyRelu", {graph_.apply("Add", {x, bias})}, {attribute("alpha", 0.2F)});
    return graph_.apply("Mul", {y, graph_.scalar(sqrt2)});
  }

  // A convolution, module `first` of the layer, and the activation behind it.
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
    x_ = graph_.apply("Mul", {graph_.apply("Add", {y, skip}), graph_.scalar(1 / sqrt2)});
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

  // The weights of a modulated convolution, (1, outputs, inputs, 3, 3), demodulated to unit length for every
  // output and in the layout of a transposed convolution, (inputs, outputs, 3, 3).
  Value demodulated(const std::string& name) {
    const Shape shape = layers_.shapeOf(name);
    const auto outputs = static_cast<std::size_t>(shape[1]);
    const auto inputs = static_cast<std::size_t>(shape[2]);
    constexpr std::size_t taps = 9;
    const std::vector<float> weights = layers_.floats(name);
    const double scale = 1 / std::sqrt(static_cast<double>(inputs * taps));
    std::vector<float> transposed(weights.size());
    for (std::size_t o = 0; o < outputs; ++o) {
      const float* from = weights.data() + o * inputs * taps;
      double squares = 1e-8;
      for (std::size_t i = 0; i < inputs * taps; ++i) squares += from[i] * scale * from[i] * scale;
      const auto factor = static_cast<float>(scale / std::sqrt(squares));
      for (std::size_t i = 0; i < inputs; ++i)
        for (std::size_t t = 0; t < taps; ++t)
          transposed[(i * outputs + o) * taps + t] = from[i * taps + t] * factor;
    }
    return graph_.constant(name, {shape[2], shape[1], shape[3], shape[4]}, transposed);
  }

  // The noise for a map of x's height and width, computed as fillStyleNoise() does.
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
    const Value positions =
        graph_.apply("Mod", {graph_.apply("Add", {column, count(3)}),
                             graph_.scalar(static_cast<std::int64_t>(noise.line.size()))});
    return graph_.apply("Gather", {list("noise_line", noise.line), positions});
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

  OnnxLayers& layers_;
  OnnxGraph& graph_;
  const GeneratorSpec& spec_;
  Value x_;
  std::string prefix_;
  int index_ = 0;
};

}  // namespace

Value addResnet(OnnxLayers& layers, const Value& input) {
  return ResnetBuilder(layers, input).run();
}

Value addUnet(OnnxLayers& layers, const Value& input) {
  return addUnetLevel(layers, input, 0, "model.model.");
}

Value addStyleGan(OnnxLayers& layers, const Value& input) {
  return StyleGanBuilder(layers, input).run();
}

}  // namespace cut::onnx
