// SPDX-License-Identifier: MIT
#include "nets/patch_sampler.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <optional>

#include "cuttranslate/error.hpp"
#include "nets/generator.hpp"

namespace cut::nets {
namespace {

class Linear : public torch::nn::Module {
 public:
  Linear(std::int64_t inputs, std::int64_t outputs) {
    weight_ = register_parameter("weight", at::zeros({outputs, inputs}));
    bias_ = register_parameter("bias", at::zeros({outputs}));
  }
  at::Tensor forward(const at::Tensor& x) const { return at::linear(x, weight_, bias_); }

 private:
  at::Tensor weight_, bias_;
};

}  // namespace

// The eps is added to the norm, as in the reference: it matters while features are still tiny. In the
// reference a feature of zeros (all ReLUs of a small head inactive) has a gradient of NaN.
at::Tensor l2Normalised(const at::Tensor& rows) {
  const at::Tensor squares = rows.pow(2).sum(1, /*keepdim=*/true);
  const at::Tensor any = squares > 0;
  const at::Tensor length = at::where(any, squares, at::ones_like(squares)).sqrt() + 1e-7;
  return at::where(any, rows / length, at::zeros_like(rows));
}

at::Tensor patchesAt(const at::Tensor& map, const at::Tensor& ids) {
  const at::Tensor rows = map.permute({0, 2, 3, 1}).flatten(1, 2);  // (N, H * W, C)
  if (ids.dim() == 1) {
    const c10::List<std::optional<at::Tensor>> index({std::nullopt, ids});
    return at::index(rows, index).flatten(0, 1);
  }
  return rows.gather(1, ids.unsqueeze(2).expand({-1, -1, rows.size(2)})).flatten(0, 1);
}

// Drawn on the CPU for every device, so that a seed has the same effect everywhere.
at::Tensor drawPatchIds(const at::Tensor& map, std::int64_t patches, at::Generator& random) {
  const std::int64_t positions = map.size(2) * map.size(3);
  return at::randperm(positions, random, at::kLong)
      .slice(0, 0, std::min(patches, positions))
      .to(map.device());
}

class PatchSampler::Head : public torch::nn::Module {
 public:
  Head(std::int64_t inputs, std::int64_t width) {
    first_ = register_module("0", std::make_shared<Linear>(inputs, width));
    second_ = register_module("2", std::make_shared<Linear>(width, width));
  }
  at::Tensor forward(const at::Tensor& x) const { return second_->forward(first_->forward(x).relu_()); }

 private:
  std::shared_ptr<Linear> first_, second_;
};

PatchSampler::PatchSampler(std::vector<std::int64_t> channels, std::int64_t width, bool heads) {
  for (std::size_t i = 0; heads && i < channels.size(); ++i) {
    const std::string name = "mlp_" + std::to_string(i);
    heads_.push_back(register_module(name, std::make_shared<Head>(channels[i], width)));
    for (const char* tensor : {".0.weight", ".0.bias", ".2.weight", ".2.bias"})
      names_.push_back(name + tensor);
  }
}

PatchSamples PatchSampler::sample(const std::vector<at::Tensor>& maps, std::int64_t patches,
                                  at::Generator& random) {
  PatchIds ids;
  for (const at::Tensor& map : maps) ids.push_back(drawPatchIds(map, patches, random));
  return sampleAt(maps, ids);
}

PatchSamples PatchSampler::sampleAt(const std::vector<at::Tensor>& maps, const PatchIds& ids) {
  if (ids.size() != maps.size() || (!heads_.empty() && heads_.size() != maps.size()))
    throw Error(ErrorKind::invalidArgument, "patch ids for " + std::to_string(ids.size()) +
                                                " layers and heads for " + std::to_string(heads_.size()) +
                                                "; expected " + std::to_string(maps.size()));
  PatchSamples samples;
  for (std::size_t i = 0; i < maps.size(); ++i)
    samples.features.push_back(project(i, patchesAt(maps[i], ids[i])));
  samples.ids = ids;
  return samples;
}

std::vector<std::int64_t> encodedChannels(Generator& generator, const std::vector<std::int64_t>& layers) {
  const at::NoGradGuard noGrad;
  const std::int64_t side = 8 * std::int64_t{generator.spec().sizeMultiple()};
  const at::Tensor image =
      at::zeros({1, generator.spec().inputChannels, side, side}, generator.parameters().front().options());
  std::vector<std::int64_t> channels;
  for (const at::Tensor& map : generator.encode(image, layers)) channels.push_back(map.size(1));
  return channels;
}

at::Tensor PatchSampler::project(std::size_t layer, const at::Tensor& rows) const {
  return l2Normalised(heads_.empty() ? rows : heads_.at(layer)->forward(rows));
}

}  // namespace cut::nets
