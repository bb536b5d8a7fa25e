// SPDX-License-Identifier: MIT
#include "trainer/methods/contrastive/weighted_contrast.hpp"

#include <ATen/ATen.h>

#include <utility>

#include "nets/contrastive_losses.hpp"
#include "trainer/methods/cut_method.hpp"

namespace cut::trainer {

MonceContrast::MonceContrast(const CutOptions& options, std::shared_ptr<nets::PatchSampler> sampler)
    : PatchContrast(options, std::move(sampler)), monce_(options.contrast.monce) {}

at::Tensor MonceContrast::layerLoss(const FeaturePair& pair, const LayerRows& rows) {
  return nets::monce(rows.queries, rows.keys, monce_, nceOptions(pair));
}

RelationContrast::RelationContrast(const CutOptions& options, std::shared_ptr<nets::PatchSampler> sampler)
    : PatchContrast(options, std::move(sampler)),
      lambda_(options.contrast.lambdaRelation),
      first_(options.contrast.gamma),
      last_(options.contrast.gammaMin),
      gamma_(options.contrast.gamma) {}

void RelationContrast::beginStep(const StepInput& input) {
  gamma_ = first_ + (last_ - first_) * static_cast<double>(input.epoch) / static_cast<double>(input.epochs);
}

at::Tensor RelationContrast::layerLoss(const FeaturePair& pair, const LayerRows& rows) {
  const nets::PatchNceOptions options = nceOptions(pair);
  if (pair.term == ContrastiveTerm::translation) {
    const at::Tensor relation = nets::semanticRelation(rows.queries, rows.keys, options);
    relation_ = relation_.defined() ? relation_ + relation : relation;
  }
  return nets::hardDecoupledNce(rows.queries, rows.keys, nets::hardness(rows.keys, gamma_, options), options);
}

ContrastiveValue RelationContrast::of(const FeaturePair& pair) {
  relation_.reset();
  ContrastiveValue value = PatchContrast::of(pair);
  if (relation_.defined()) value.relation = relation_ * (lambda_ / static_cast<double>(pair.source.size()));
  relation_.reset();  // holds a graph
  return value;
}

}  // namespace cut::trainer
