// SPDX-License-Identifier: MIT
#include "backends/cpu/folded_layers.hpp"

#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "cuttranslate/error.hpp"

namespace cut::cpu {
namespace {

constexpr double batchNormEps = 1e-5;

// Batch norm after a convolution, in evaluation mode.
struct BatchNorm {
  std::vector<float> weight, bias, mean, variance;
};

// Folds y = (convolution - mean) / sqrt(variance + eps) * weight + bias into the convolution.
void fold(const BatchNorm& norm, FoldedLayer& layer) {
  const auto outputs = static_cast<std::size_t>(layer.outputs);
  const auto area = static_cast<std::size_t>(layer.side * layer.side);
  std::vector<double> scale(outputs);
  for (std::size_t out = 0; out < outputs; ++out) {
    scale[out] = norm.weight[out] / std::sqrt(norm.variance[out] + batchNormEps);
    layer.bias[out] = static_cast<float>(
        (static_cast<double>(layer.bias[out]) - norm.mean[out]) * scale[out] + norm.bias[out]);
  }
  if (outputs == 0) return;
  // Contiguous weights to one output.
  const auto run = layer.transposed ? area : layer.weight.size() / outputs;
  for (std::size_t begin = 0; begin < layer.weight.size(); begin += run)
    for (std::size_t i = begin; i < begin + run; ++i)
      layer.weight[i] = static_cast<float>(layer.weight[i] * scale[begin / run % outputs]);
}

// Whether the convolution of this index is transposed. A ResNet has the first layer, two down-sampling
// layers, two for each block, two up-sampling layers, the last; a U-Net has its encoder, then its decoder.
bool isTransposed(const GeneratorSpec& spec, int index) {
  if (spec.architecture == "unet") return index >= spec.downs;
  const int firstUp = 3 + 2 * spec.blocks;
  return spec.noAntialiasUp && (index == firstUp || index == firstUp + 1);
}

// Takes tensors in the order of the state dict: a layer's weight, its bias, then the tensors of its norm.
class Folder {
 public:
  Folder(const ModelFile& model, const std::function<void(const FoldedLayer&)>& visit)
      : model_(model), visit_(visit) {}

  void add(const TensorInfo& info) {
    const std::string_view leaf = std::string_view(info.name).substr(info.name.rfind('.') + 1);
    if (leaf == "weight" && info.shape.size() == 4) {
      finish();
      begin(info);
    } else if (leaf == "weight") {
      norm_.emplace().weight = valuesOf(model_, info.name);
    } else if (leaf == "bias") {
      (norm_ ? norm_->bias : layer_->bias) = valuesOf(model_, info.name);
    } else if (leaf == "running_mean") {
      norm_->mean = valuesOf(model_, info.name);
    } else if (leaf == "running_var") {
      norm_->variance = valuesOf(model_, info.name);
    }
  }

  void finish() {
    if (!layer_) return;
    if (norm_) fold(*norm_, *layer_);
    visit_(*layer_);
    layer_.reset();
    norm_.reset();
  }

 private:
  void begin(const TensorInfo& info) {
    const auto& shape = info.shape;
    const bool up = isTransposed(model_.spec, index_++);
    layer_.emplace();
    layer_->name = info.name.substr(0, info.name.rfind('.'));
    layer_->transposed = up;
    layer_->outputs = up ? shape[1] : shape[0];
    layer_->inputs = up ? shape[0] : shape[1];
    layer_->side = shape[2];
    layer_->weight = valuesOf(model_, info.name);
    layer_->bias.assign(static_cast<std::size_t>(layer_->outputs), 0.0F);
  }

  const ModelFile& model_;
  const std::function<void(const FoldedLayer&)>& visit_;
  int index_ = 0;  // of the next convolution
  std::optional<FoldedLayer> layer_;
  std::optional<BatchNorm> norm_;
};

}  // namespace

std::vector<float> valuesOf(const ModelFile& model, const std::string& name) {
  const Tensor* tensor = find(model.weights, name);
  if (!tensor) throw Error(ErrorKind::wrongFile, "the weights hold no tensor " + name);
  return toFloats(*tensor);
}

void forEachFoldedLayer(const ModelFile& model, const std::function<void(const FoldedLayer&)>& visit) {
  Folder folder(model, visit);
  for (const TensorInfo& info : expectedTensors(model.spec)) folder.add(info);
  folder.finish();
}

}  // namespace cut::cpu
