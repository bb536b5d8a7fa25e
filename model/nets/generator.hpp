// SPDX-License-Identifier: MIT
// The base of all generators: a sequence of layers, and the feature maps between them.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "cuttranslate/spec.hpp"

namespace cut::nets {

class Generator : public torch::nn::Module {
 public:
  // (N, inputChannels, H, W) in [-1, 1], sides multiples of spec().sizeMultiple() and at least 8, to
  // (N, outputChannels, H, W).
  at::Tensor forward(const at::Tensor& x);

  // The maps after each of `layers`, in the order of the layers; stops after the last. A layer is an index
  // into the reference's Sequential: of the whole ResNet, where 0 is the padded image and indices shift with
  // noAntialias and noAntialiasUp, or of StyleGAN2's encoder, where 0 is the image. -1 is the last one. As in
  // the reference, whose ReLU works in place, an index of a normalisation gives the map after its ReLU.
  // Throws invalidArgument for an index that the generator does not have, unsupported for a U-Net, which has
  // none.
  std::vector<at::Tensor> encode(const at::Tensor& x, std::vector<std::int64_t> layers);

  // Output and feature maps in one pass; `maps` gets what encode() returns.
  at::Tensor forwardWithMaps(const at::Tensor& x, std::vector<std::int64_t> layers,
                             std::vector<at::Tensor>& maps);

  // Whether 3x3 convolutions use winogradConvolution where it supports them; for those that have any.
  // CUT_CPU_ISA caps its instruction set: applyIsaCap() may throw invalidArgument.
  virtual void setWinograd(bool) {}

  const GeneratorSpec& spec() const noexcept { return spec_; }
  std::int64_t layerCount() const noexcept { return encodable_; }  // of those that encode() knows

 protected:
  // Takes ownership of its input: a layer may work in place where it is the only owner.
  using Layer = std::function<at::Tensor(at::Tensor)>;

  explicit Generator(const GeneratorSpec& spec);

  // Layers are added in order; encode() knows those that were added before endEncoder().
  void addLayer(Layer layer) { layers_.push_back(std::move(layer)); }
  void endEncoder() { encodable_ = static_cast<std::int64_t>(layers_.size()); }
  std::size_t addedLayers() const noexcept { return layers_.size(); }

 private:
  // Sorted, -1 resolved, range checked.
  std::vector<std::int64_t> resolved(std::vector<std::int64_t> layers) const;
  // Layers [0, end) from x; maps after each of the resolved `wanted`.
  at::Tensor run(const at::Tensor& x, std::size_t end, const std::vector<std::int64_t>& wanted,
                 std::vector<at::Tensor>& maps);

  GeneratorSpec spec_;
  std::vector<Layer> layers_;
  std::int64_t encodable_ = 0;
};

// Weights are zero until loaded or initialised. Throws invalidArgument for a spec that is not valid, or that
// says nothing of its layers (torchscript).
std::shared_ptr<Generator> makeGenerator(const GeneratorSpec& spec);

}  // namespace cut::nets
