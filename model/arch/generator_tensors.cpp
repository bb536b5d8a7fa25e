// SPDX-License-Identifier: MIT
#include "arch/generator_layers.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "cuttranslate/error.hpp"

namespace cut {
namespace {

// Binomial filters: [1, 2, 1] x [1, 2, 1] / 16 and [1, 3, 3, 1] x [1, 3, 3, 1] / 64. An up-sampling filter is
// times 4, because three of four samples that it sees are zeros.
constexpr std::array<float, 9> downTaps = {1 / 16.F, 2 / 16.F, 1 / 16.F, 2 / 16.F, 4 / 16.F,
                                           2 / 16.F, 1 / 16.F, 2 / 16.F, 1 / 16.F};
constexpr std::array<float, 16> upTaps = {1 / 16.F, 3 / 16.F, 3 / 16.F, 1 / 16.F, 3 / 16.F, 9 / 16.F,
                                          9 / 16.F, 3 / 16.F, 3 / 16.F, 9 / 16.F, 9 / 16.F, 3 / 16.F,
                                          1 / 16.F, 3 / 16.F, 3 / 16.F, 1 / 16.F};

constexpr std::array<float, 16> scaled(std::array<float, 16> taps, float factor) {
  for (float& tap : taps) tap *= factor;
  return taps;
}
constexpr std::array<float, 16> styleDownTaps = scaled(upTaps, 0.25F);
constexpr std::array<float, 16> styleUpTaps = upTaps;

void appendTensors(const Layer& layer, std::vector<TensorInfo>& tensors) {
  const auto add = [&](const char* leaf, std::vector<std::int64_t> shape, bool optional = false) {
    tensors.push_back({layer.name + "." + leaf, std::move(shape), optional});
  };
  const std::int64_t side = layer.kernel;
  const std::int64_t outputs = layer.outputs;
  switch (layer.kind) {
    case LayerKind::convolution:
      add("weight", {layer.outputs, layer.inputs, side, side});
      break;
    case LayerKind::transposedConvolution:
      add("weight", {layer.inputs, layer.outputs, side, side});
      break;
    case LayerKind::modulatedConvolution:
      add("weight", {1, layer.outputs, layer.inputs, side, side});
      break;
    case LayerKind::noise:
      add("weight", {1});
      break;
    case LayerKind::activation:
      break;
    case LayerKind::styleDownFilter:
    case LayerKind::styleUpFilter:
      add("kernel", {side, side}, true);
      break;
    case LayerKind::norm:
      add("weight", {layer.outputs});
      break;
    case LayerKind::downFilter:
    case LayerKind::upFilter:
      add("filt", {layer.outputs, 1, side, side}, true);
      break;
  }
  const bool isActivation = layer.kind == LayerKind::activation;
  if (layer.bias)
    add("bias", isActivation ? std::vector<std::int64_t>{1, outputs, 1, 1} : std::vector{outputs});
  if (layer.kind == LayerKind::norm) {
    add("running_mean", {layer.outputs});
    add("running_var", {layer.outputs});
    add("num_batches_tracked", {}, true);
  }
}

bool isConvolution(LayerKind kind) {
  return kind == LayerKind::convolution || kind == LayerKind::transposedConvolution ||
         kind == LayerKind::modulatedConvolution;
}

int paddedSide(int side, int multiple) {
  return std::max(8, (side + multiple - 1) / multiple * multiple);
}

}  // namespace

std::span<const float> filterTaps(LayerKind kind) noexcept {
  switch (kind) {
    case LayerKind::downFilter:
      return downTaps;
    case LayerKind::upFilter:
      return upTaps;
    case LayerKind::styleDownFilter:
      return styleDownTaps;
    case LayerKind::styleUpFilter:
      return styleUpTaps;
    default:
      return {};
  }
}

std::string filterName(const Layer& layer) {
  const bool style = layer.kind == LayerKind::styleDownFilter || layer.kind == LayerKind::styleUpFilter;
  return layer.name + (style ? ".kernel" : ".filt");
}

std::vector<TensorInfo> expectedTensors(const GeneratorSpec& spec) {
  std::vector<TensorInfo> tensors;
  forEachLayer(spec, [&](const Layer& layer) { appendTensors(layer, tensors); });
  return tensors;
}

std::int64_t macs(const GeneratorSpec& spec, int width, int height) {
  constexpr int largest = 65536;
  if (width < 1 || height < 1 || width > largest || height > largest)
    throw Error(ErrorKind::invalidArgument,
                "a frame of " + std::to_string(width) + "x" + std::to_string(height) +
                    " pixels is out of range; expected 1 to 65536 for width and height");
  const std::int64_t paddedWidth = paddedSide(width, spec.sizeMultiple());
  const std::int64_t paddedHeight = paddedSide(height, spec.sizeMultiple());
  std::int64_t sum = 0;
  forEachLayer(spec, [&](const Layer& layer) {
    if (!isConvolution(layer.kind)) return;
    const std::int64_t positions = paddedWidth / layer.divisor * (paddedHeight / layer.divisor);
    sum += positions * layer.kernel * layer.kernel * layer.inputs * layer.outputs;
  });
  return sum;
}

}  // namespace cut
