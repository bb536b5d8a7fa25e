// SPDX-License-Identifier: MIT
#include "nets/agreement_heads.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "nets/patch_sampler.hpp"

namespace cut::nets {
namespace {

// Parameters under the names of a Sequential's modules.
class Weights : public torch::nn::Module {
 public:
  Weights(at::IntArrayRef shape, bool withBias) {
    weight = register_parameter("weight", at::zeros(shape));
    if (withBias) bias = register_parameter("bias", at::zeros({shape[0]}));
  }
  at::Tensor weight, bias;
};

at::Tensor batchNorm(const at::Tensor& rows, const at::Tensor& weight, const at::Tensor& bias) {
  return at::batch_norm(rows, weight, bias, {}, {}, /*training=*/true, /*momentum=*/0.1, /*eps=*/1e-5,
                        /*cudnn_enabled=*/true);
}

}  // namespace

// Linear, batch norm, ReLU, linear.
class AgreementHeads::Perceptron : public torch::nn::Module {
 public:
  Perceptron(std::int64_t inputs, std::int64_t hidden, std::int64_t outputs, bool lastBias) {
    first_ = register_module("0", std::make_shared<Weights>(at::IntArrayRef{hidden, inputs}, false));
    norm_ = register_module("1", std::make_shared<Weights>(at::IntArrayRef{hidden}, true));
    second_ = register_module("3", std::make_shared<Weights>(at::IntArrayRef{outputs, hidden}, lastBias));
  }
  at::Tensor forward(const at::Tensor& rows) const {
    const at::Tensor hidden = batchNorm(at::linear(rows, first_->weight), norm_->weight, norm_->bias);
    return at::linear(hidden.relu(), second_->weight, second_->bias);
  }

 private:
  std::shared_ptr<Weights> first_, norm_, second_;
};

AgreementHeads::AgreementHeads(const std::vector<std::int64_t>& channels, std::int64_t width) {
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const std::string number = std::to_string(i);
    projectors_.push_back(register_module(
        "mlp_" + number, std::make_shared<Perceptron>(channels[i], width, width, /*lastBias=*/false)));
    predictors_.push_back(register_module(
        "prj_" + number,
        std::make_shared<Perceptron>(width, std::max<std::int64_t>(1, width / 2), width, true)));
  }
  for (const auto& entry : named_parameters()) names_.push_back(entry.key());
}

at::Tensor AgreementHeads::project(std::size_t stage, const at::Tensor& rows) const {
  return l2Normalised(batchNorm(projectors_.at(stage)->forward(rows), {}, {}));
}

at::Tensor AgreementHeads::predict(std::size_t stage, const at::Tensor& rows) const {
  const at::Tensor projected = batchNorm(projectors_.at(stage)->forward(rows), {}, {});
  return l2Normalised(predictors_.at(stage)->forward(projected));
}

at::Tensor agreementLoss(const at::Tensor& predictions, const at::Tensor& projections) {
  return 2 - 2 * (predictions * projections.detach()).sum(1);
}

at::Tensor guidedPatchIds(const at::Tensor& prediction, std::int64_t height, std::int64_t width,
                          const GuidedSampling& sampling, at::Generator& random) {
  const at::Tensor realness =
      at::upsample_bilinear2d(prediction, {height, width}, /*align_corners=*/false).flatten(1);
  const std::int64_t positions = height * width;
  const std::int64_t patches = std::min(sampling.patches, positions);
  const auto atRandom = static_cast<std::int64_t>(static_cast<double>(patches) * sampling.randomRatio);
  const std::int64_t candidates = std::min(patches * sampling.oversampling, positions);
  std::vector<at::Tensor> ids;
  for (std::int64_t n = 0; n < prediction.size(0); ++n) {
    // Drawn on the CPU for every device, as all positions are.
    const auto draw = [&](std::int64_t count) {
      return at::randperm(positions, random, at::kLong).slice(0, 0, count).to(prediction.device());
    };
    const at::Tensor drawn = draw(candidates);
    const at::Tensor order = std::get<1>(
        at::sort(realness[n].index_select(0, drawn), /*stable=*/true, /*dim=*/0, /*descending=*/false));
    const at::Tensor guided = drawn.index_select(0, order.slice(0, 0, patches - atRandom));
    ids.push_back(at::cat({guided, draw(atRandom)}));
  }
  return at::stack(ids);
}

}  // namespace cut::nets
