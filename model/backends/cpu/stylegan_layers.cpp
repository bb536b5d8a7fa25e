// SPDX-License-Identifier: MIT
#include "backends/cpu/stylegan_layers.hpp"

#include <cmath>
#include <optional>

#include "arch/generator_layers.hpp"

namespace cut::cpu {
namespace {

constexpr double demodulationEps = 1e-8;

// Multiplies the weights of each output by what makes the sum of their squares one. Without styles that is a
// constant (Karras et al. 2020, equation 3).
void demodulate(FoldedLayer& layer) {
  const std::int64_t count = layer.inputs * layer.side * layer.side;
  for (std::int64_t out = 0; out < layer.outputs; ++out) {
    float* weights = layer.weight.data() + out * count;
    double squares = 0;
    for (std::int64_t i = 0; i < count; ++i) squares += static_cast<double>(weights[i]) * weights[i];
    const double scale = 1 / std::sqrt(squares + demodulationEps);
    for (std::int64_t i = 0; i < count; ++i) weights[i] = static_cast<float>(weights[i] * scale);
  }
}

FoldedLayer convolutionOf(const ModelFile& model, const Layer& layer) {
  FoldedLayer folded;
  folded.name = layer.name;
  folded.outputs = layer.outputs;
  folded.inputs = layer.inputs;
  folded.side = layer.kernel;
  folded.weight = valuesOf(model, layer.name + ".weight");
  folded.bias.assign(static_cast<std::size_t>(layer.outputs), 0.0F);
  const double scale = 1 / std::sqrt(static_cast<double>(folded.inputs * folded.side * folded.side));
  for (float& weight : folded.weight) weight = static_cast<float>(weight * scale);
  if (layer.kind == LayerKind::modulatedConvolution) demodulate(folded);
  return folded;
}

}  // namespace

void forEachStyleLayer(const ModelFile& model, const std::function<void(const StyleLayer&)>& visit) {
  std::optional<StyleLayer> current;
  const auto finish = [&] {
    if (current) visit(*current);
  };
  forEachLayer(model.spec, [&](const Layer& layer) {
    switch (layer.kind) {
      case LayerKind::convolution:
      case LayerKind::modulatedConvolution:
        finish();
        current = StyleLayer{.convolution = convolutionOf(model, layer)};
        break;
      case LayerKind::activation:
        current->activated = true;
        current->convolution.bias = valuesOf(model, layer.name + ".bias");
        break;
      case LayerKind::noise:
        if (model.spec.architecture == "stylegan2")
          current->noiseWeight = valuesOf(model, layer.name + ".weight").front();
        break;
      default:  // the filters, which are constants
        break;
    }
  });
  finish();
}

}  // namespace cut::cpu
