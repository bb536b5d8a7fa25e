// The ResNet generators as ONNX operators. Indices are those of the reference's Sequential.
#include "arch/generator_layers.hpp"
#include "formats/onnx/layers.hpp"

namespace cut::onnx {
namespace {

class Builder {
 public:
  Builder(Layers& layers, Value x) : layers_(layers), spec_(layers.spec()), x_(std::move(x)) {}

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
    x_ = layers_.reflected(x_, pixels);
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
    x_ = layers_.filtered(layers_.reflected(x_, 1), "down_filter", {taps.begin(), taps.end()}, 3, channels, 2,
                          Shape(4, 0));
  }

  void block(std::int64_t channels) {
    const std::string name = nextName() + ".conv_block.";
    const int second = spec_.dropout ? 6 : 5;
    Value y = layers_.convolution(layers_.reflected(x_, 1), name + "1", {});
    y = layers_.graph().apply("Relu", {layers_.norm(y, name + "2", channels)});
    y = layers_.convolution(layers_.reflected(y, 1), name + std::to_string(second), {});
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

  Layers& layers_;
  const GeneratorSpec& spec_;
  Value x_;
  int index_ = 0;
};

}  // namespace

Value resnet(Layers& layers, const Value& input) {
  return Builder(layers, input).run();
}

}  // namespace cut::onnx
