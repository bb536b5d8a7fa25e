// SPDX-License-Identifier: MIT
// Samples patch features for PatchNCE, through its MLP heads (Park et al. 2020, section 3.2: H_l).
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace cut::nets {

class Generator;

// Channels of the maps that the generator's encode() gives for `layers`, found by encoding a small image on
// its device. The mode that it is in, of training or evaluation, is the caller's choice.
std::vector<std::int64_t> encodedChannels(Generator& generator, const std::vector<std::int64_t>& layers);

// One set of positions for each layer, shared by all images of a batch.
using PatchIds = std::vector<at::Tensor>;

// Rows (M, C) of length 1: x / (norm + 1e-7). A row of zeros stays zero and has no gradient.
at::Tensor l2Normalised(const at::Tensor& rows);

// The features of a map (N, C, H, W) at `ids`, an image's after another's: (N * patches, C). ids: (patches),
// shared by all images, or (N, patches).
at::Tensor patchesAt(const at::Tensor& map, const at::Tensor& ids);

// Positions of a map (N, C, H, W), drawn without replacement; all of them where it has fewer: (patches),
// int64.
at::Tensor drawPatchIds(const at::Tensor& map, std::int64_t patches, at::Generator& random);

struct PatchSamples {
  std::vector<at::Tensor> features;  // per layer (N * patches, channels), L2-normalised: x / (norm + 1e-7)
  PatchIds ids;                      // per layer (patches), int64, into H * W
};

class PatchSampler : public torch::nn::Module {
 public:
  // channels: of each layer's map. With heads (the reference's netF mlp_sample) each layer gets its own
  // two-layer perceptron to `width` channels, "mlp_0", "mlp_1", ...; without (netF sample) features are only
  // normalised.
  PatchSampler(std::vector<std::int64_t> channels, std::int64_t width, bool heads);

  // Samples at positions of drawPatchIds().
  PatchSamples sample(const std::vector<at::Tensor>& maps, std::int64_t patches, at::Generator& random);
  // Samples at given positions. maps: per layer (N, C, H, W).
  PatchSamples sampleAt(const std::vector<at::Tensor>& maps, const PatchIds& ids);

  // Rows (M, channels) of layer `layer` through its head, normalised.
  at::Tensor project(std::size_t layer, const at::Tensor& rows) const;

  const std::vector<std::string>& tensorNames() const noexcept { return names_; }

 private:
  class Head;

  std::vector<std::shared_ptr<Head>> heads_;
  std::vector<std::string> names_;
};

}  // namespace cut::nets
