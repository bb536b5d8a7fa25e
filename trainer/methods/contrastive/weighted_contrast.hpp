// SPDX-License-Identifier: MIT
// Losses that weigh PatchNCE's negatives: MoNCE and SRC with hDCE.
#pragma once

#include <memory>

#include "trainer/methods/contrastive/contrast_options.hpp"
#include "trainer/methods/contrastive/patch_contrast.hpp"

namespace cut::trainer {

// MoNCE (Zhan et al. 2022): negatives count by an optimal-transport plan between queries and keys.
class MonceContrast final : public PatchContrast {
 public:
  MonceContrast(const CutOptions& options, std::shared_ptr<nets::PatchSampler> sampler);

 private:
  at::Tensor layerLoss(const FeaturePair& pair, const LayerRows& rows) override;

  nets::MonceOptions monce_;
};

// Jung et al. 2022: decoupled contrast with hard negatives (hDCE) on both terms, and semantic relation
// consistency (SRC) between source and translation. gamma goes linearly from its first value to its last over
// the epochs.
class RelationContrast final : public PatchContrast {
 public:
  RelationContrast(const CutOptions& options, std::shared_ptr<nets::PatchSampler> sampler);

  ContrastiveValue of(const FeaturePair& pair) override;
  bool hasRelation() const noexcept override { return true; }
  void beginStep(const StepInput& input) override;

 private:
  at::Tensor layerLoss(const FeaturePair& pair, const LayerRows& rows) override;

  double lambda_;  // of SRC
  double first_, last_, gamma_;
  at::Tensor relation_;  // of the layers so far
};

}  // namespace cut::trainer
