// SPDX-License-Identifier: MIT
#include "nets/discriminator.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "cuttranslate/error.hpp"
#include "nets/fused_instance_norm.hpp"
#include "nets/layers.hpp"

namespace cut::nets {
namespace {

void requireRange(const char* field, int value, int low, int high) {
  if (value >= low && value <= high) return;
  throw Error(ErrorKind::invalidArgument, std::string("a discriminator's ") + field + " is " +
                                              std::to_string(value) + "; expected " + std::to_string(low) +
                                              " to " + std::to_string(high));
}

}  // namespace

void DiscriminatorSpec::validate() const {
  requireRange("input channels", inputChannels, 1, 4);
  requireRange("ndf", ndf, 1, 1024);
  requireRange("number of layers", layers, 1, 8);
  if (netD != NetD::styleGan2) return;
  requireRange("resolution", resolution, 8, 1024);
  if (!std::has_single_bit(static_cast<unsigned>(resolution)))
    throw Error(ErrorKind::invalidArgument, "a discriminator's resolution is " + std::to_string(resolution) +
                                                "; expected a power of two");
}

Discriminator::Discriminator(const DiscriminatorSpec& spec)
    : spec_(spec), modelName_(spec.netD == NetD::pixel ? "net" : "model") {
  spec.validate();
  if (spec.netD == NetD::styleGan2) {
    buildStyleGan();
    return;
  }
  model_ = register_module(modelName_, std::make_shared<torch::nn::Module>());
  if (spec.netD == NetD::pixel)
    buildPixel();
  else
    buildPatch();
}

at::Tensor Discriminator::forward(const at::Tensor& x) {
  at::Tensor y = x;
  for (const auto& layer : layers_) y = layer(std::move(y));
  return y;
}

// Convolutions 4x4 that halve the sides, up to eight times ndf channels, then two that keep them.
void Discriminator::buildPatch() {
  const bool bias = spec_.norm == Norm::instance;
  const int layers = spec_.netD == NetD::basic ? 3 : spec_.layers;
  const std::int64_t stride = spec_.noAntialias ? 2 : 1;
  const auto channels = [this](int layer) { return std::int64_t{spec_.ndf} * std::min(1 << layer, 8); };

  addConvolution(spec_.inputChannels, channels(0), 4, stride, /*bias=*/true);
  addLeakyRelu();
  if (!spec_.noAntialias) addDownsample(channels(0));
  for (int layer = 1; layer <= layers; ++layer) {
    const bool halves = layer < layers;
    addConvolution(channels(layer - 1), channels(layer), 4, halves ? stride : 1, bias);
    addNorm(channels(layer));
    addLeakyRelu();
    if (halves && !spec_.noAntialias) addDownsample(channels(layer));
  }
  addConvolution(channels(layers), 1, 4, 1, /*bias=*/true);
}

void Discriminator::buildPixel() {
  const bool bias = spec_.norm == Norm::instance;
  addConvolution(spec_.inputChannels, spec_.ndf, 1, 1, /*bias=*/true);
  addLeakyRelu();
  addConvolution(spec_.ndf, 2 * spec_.ndf, 1, 1, bias);
  addNorm(2 * spec_.ndf);
  addLeakyRelu();
  addConvolution(2 * spec_.ndf, 1, 1, 1, bias);
}

template <typename M>
void Discriminator::addModule(std::shared_ptr<M> module, const std::vector<const char*>& tensors) {
  const std::string index = std::to_string(layers_.size());
  model_->register_module(index, module);
  for (const char* tensor : tensors) names_.push_back(modelName_ + "." + index + "." + tensor);
  layers_.emplace_back([module](at::Tensor x) { return module->forward(x); });
}

void Discriminator::addConvolution(std::int64_t inputs, std::int64_t outputs, std::int64_t kernel,
                                   std::int64_t stride, bool bias) {
  const ConvolutionOptions options{inputs, outputs, kernel, stride, /*padding=*/kernel == 4 ? 1 : 0, bias};
  addModule(std::make_shared<Convolution>(options),
            bias ? std::vector{"weight", "bias"} : std::vector{"weight"});
}

void Discriminator::addNorm(std::int64_t channels) {
  if (spec_.norm == Norm::batch)
    addModule(std::make_shared<BatchNorm>(channels),
              {"weight", "bias", "running_mean", "running_var", "num_batches_tracked"});
  else if (spec_.norm == Norm::instance)
    layers_.emplace_back([](at::Tensor x) { return instanceNorm(std::move(x), Activation::none); });
  else
    layers_.emplace_back([](at::Tensor x) { return x; });
}

void Discriminator::addLeakyRelu() {
  layers_.emplace_back([](at::Tensor x) { return at::leaky_relu_(x, 0.2); });
}

void Discriminator::addDownsample(std::int64_t channels) {
  addModule(std::make_shared<Downsample>(channels), {"filt"});
}

}  // namespace cut::nets
