#include "weights/generator_tensors.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "cut/error.hpp"

namespace cut {
namespace {

// [1, 2, 1] x [1, 2, 1] / 16, and [1, 3, 3, 1] x [1, 3, 3, 1] / 64 times 4 for the doubled sides.
constexpr std::array<float, 9> downTaps = {1 / 16.F, 2 / 16.F, 1 / 16.F, 2 / 16.F, 4 / 16.F,
                                           2 / 16.F, 1 / 16.F, 2 / 16.F, 1 / 16.F};
constexpr std::array<float, 16> upTaps = {1 / 16.F, 3 / 16.F, 3 / 16.F, 1 / 16.F, 3 / 16.F, 9 / 16.F,
                                          9 / 16.F, 3 / 16.F, 3 / 16.F, 9 / 16.F, 9 / 16.F, 3 / 16.F,
                                          1 / 16.F, 3 / 16.F, 3 / 16.F, 1 / 16.F};

// Walks the reference's Sequential; an index is spent on every module, also those without tensors.
class Walk {
 public:
  Walk(const GeneratorSpec& spec, const std::function<void(const Layer&)>& visit)
      : spec_(spec), visit_(visit) {}

  void run() {
    const int n = spec_.ngf;
    skip();  // reflection pad
    convolution(spec_.inputChannels, n, 7, 1, spec_.convolutionsHaveBias());
    normAndRelu(n);
    down(n, 2 * n, 1);
    down(2 * n, 4 * n, 2);
    for (int i = 0; i < spec_.blocks; ++i) block(4 * n);
    up(4 * n, 2 * n, 4);
    up(2 * n, n, 2);
    skip();
    convolution(n, spec_.outputChannels, 7, 1, true);
  }

 private:
  void skip() { ++index_; }
  std::string nextName() { return prefix_ + std::to_string(index_++); }

  void convolution(int inputs, int outputs, int kernel, int divisor, bool bias) {
    visit_({LayerKind::convolution, nextName(), inputs, outputs, kernel, divisor, bias});
  }

  void norm(int channels) {
    const std::string name = nextName();
    if (spec_.norm == Norm::batch) visit_({LayerKind::norm, name, channels, channels, 0, 1, true});
  }

  void normAndRelu(int channels) {
    norm(channels);
    skip();
  }

  void filter(LayerKind kind, int channels) {
    visit_({kind, nextName(), channels, channels, kind == LayerKind::downFilter ? 3 : 4, 1, false});
  }

  void down(int inputs, int outputs, int divisor) {
    const int strided = spec_.noAntialias ? 2 : 1;
    convolution(inputs, outputs, 3, divisor * strided, spec_.convolutionsHaveBias());
    normAndRelu(outputs);
    if (!spec_.noAntialias) filter(LayerKind::downFilter, outputs);
  }

  void block(int channels) {
    const std::string outer = nextName() + ".conv_block.";
    const int outerIndex = std::exchange(index_, 0);
    const std::string outerPrefix = std::exchange(prefix_, outer);
    skip();
    convolution(channels, channels, 3, 4, spec_.convolutionsHaveBias());
    normAndRelu(channels);
    if (spec_.dropout) skip();
    skip();
    convolution(channels, channels, 3, 4, spec_.convolutionsHaveBias());
    norm(channels);
    index_ = outerIndex;
    prefix_ = outerPrefix;
  }

  void up(int inputs, int outputs, int divisor) {
    const bool bias = spec_.convolutionsHaveBias();
    if (spec_.noAntialiasUp) {
      visit_({LayerKind::transposedConvolution, nextName(), inputs, outputs, 3, divisor, bias});
    } else {
      filter(LayerKind::upFilter, inputs);
      convolution(inputs, outputs, 3, divisor / 2, bias);
    }
    normAndRelu(outputs);
  }

  const GeneratorSpec& spec_;
  const std::function<void(const Layer&)>& visit_;
  std::string prefix_ = "model.";
  int index_ = 0;
};

void appendTensors(const Layer& layer, std::vector<TensorInfo>& tensors) {
  const auto add = [&](const char* leaf, std::vector<std::int64_t> shape, bool optional = false) {
    tensors.push_back({layer.name + "." + leaf, std::move(shape), optional});
  };
  const std::int64_t side = layer.kernel;
  switch (layer.kind) {
    case LayerKind::convolution:
      add("weight", {layer.outputs, layer.inputs, side, side});
      break;
    case LayerKind::transposedConvolution:
      add("weight", {layer.inputs, layer.outputs, side, side});
      break;
    case LayerKind::norm:
      add("weight", {layer.outputs});
      break;
    case LayerKind::downFilter:
    case LayerKind::upFilter:
      add("filt", {layer.outputs, 1, side, side}, true);
      break;
  }
  if (layer.bias) add("bias", {layer.outputs});
  if (layer.kind == LayerKind::norm) {
    add("running_mean", {layer.outputs});
    add("running_var", {layer.outputs});
    add("num_batches_tracked", {}, true);
  }
}

int paddedSide(int side, int multiple) {
  return std::max(8, (side + multiple - 1) / multiple * multiple);
}

}  // namespace

void forEachLayer(const GeneratorSpec& spec, const std::function<void(const Layer&)>& visit) {
  spec.validate();
  Walk(spec, visit).run();
}

std::span<const float> filterTaps(LayerKind kind) noexcept {
  if (kind == LayerKind::downFilter) return downTaps;
  if (kind == LayerKind::upFilter) return upTaps;
  return {};
}

std::vector<TensorInfo> expectedTensors(const GeneratorSpec& spec) {
  std::vector<TensorInfo> tensors;
  forEachLayer(spec, [&](const Layer& layer) { appendTensors(layer, tensors); });
  return tensors;
}

std::int64_t macs(const GeneratorSpec& spec, int width, int height) {
  constexpr int largest = 65536;
  if (width < 1 || height < 1 || width > largest || height > largest)
    throw Error(ErrorKind::invalidArgument, "a frame of " + std::to_string(width) + "x" +
                                                std::to_string(height) +
                                                " pixels is not possible; expected 1 to 65536 on each side");
  const std::int64_t paddedWidth = paddedSide(width, spec.sizeMultiple());
  const std::int64_t paddedHeight = paddedSide(height, spec.sizeMultiple());
  std::int64_t sum = 0;
  forEachLayer(spec, [&](const Layer& layer) {
    if (layer.kind != LayerKind::convolution && layer.kind != LayerKind::transposedConvolution) return;
    const std::int64_t positions = paddedWidth / layer.divisor * (paddedHeight / layer.divisor);
    sum += positions * layer.kernel * layer.kernel * layer.inputs * layer.outputs;
  });
  return sum;
}

}  // namespace cut
