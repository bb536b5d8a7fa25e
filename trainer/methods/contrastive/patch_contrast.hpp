// SPDX-License-Identifier: MIT
// PatchNCE and the losses that take its place with the same samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nets/losses.hpp"
#include "nets/patch_sampler.hpp"
#include "trainer/methods/contrastive/contrastive_loss.hpp"

namespace cut::trainer {

struct CutOptions;

// PatchNCE (Park et al. 2020, equation 3): queries of the translation, their keys and negatives in the
// source, at the same positions, through the heads of F. Sub-classes replace one layer's loss, or how it is
// sampled.
class PatchContrast : public ContrastiveLoss {
 public:
  PatchContrast(const CutOptions& options, std::shared_ptr<nets::PatchSampler> sampler);

  ContrastiveValue of(const FeaturePair& pair) override;
  std::optional<NearestNegatives> nearest(const FeaturePair& pair) override;
  torch::nn::Module& heads() noexcept override { return *sampler_; }
  const std::vector<std::string>& headNames() const noexcept override { return sampler_->tensorNames(); }
  const char* description() const noexcept override { return headNames().empty() ? "sample" : "mlp_sample"; }

 protected:
  // One layer's rows, (N * patches, C) each; keys have no gradient.
  struct LayerRows {
    std::size_t layer = 0;
    const at::Tensor& queries;
    const at::Tensor& keys;
    const at::Tensor& ids;
  };

  // Of each query, (N * patches), or a scalar.
  virtual at::Tensor layerLoss(const FeaturePair& pair, const LayerRows& rows);
  // Keys, then queries, at the same positions.
  virtual std::pair<nets::PatchSamples, nets::PatchSamples> sample(const FeaturePair& pair);

  nets::PatchNceOptions nceOptions(const FeaturePair& pair) const;

  std::shared_ptr<nets::PatchSampler> sampler_;
  double weight_;  // lambda_NCE
  std::int64_t patches_;
  double temperature_;
  bool negativesOfBatch_;
};

}  // namespace cut::trainer
