// SPDX-License-Identifier: MIT
#include "trainer/methods/contrastive/patch_contrast.hpp"

#include <ATen/ATen.h>

#include <utility>

#include "trainer/methods/cut_method.hpp"

namespace cut::trainer {

PatchContrast::PatchContrast(const CutOptions& options, std::shared_ptr<nets::PatchSampler> sampler)
    : sampler_(std::move(sampler)),
      weight_(options.lambdaNce),
      patches_(options.patches),
      temperature_(options.temperature),
      negativesOfBatch_(options.negativesOfBatch) {}

nets::PatchNceOptions PatchContrast::nceOptions(const FeaturePair& pair) const {
  return {.batch = pair.images.size(0), .temperature = temperature_, .negativesOfBatch = negativesOfBatch_};
}

std::pair<nets::PatchSamples, nets::PatchSamples> PatchContrast::sample(const FeaturePair& pair) {
  nets::PatchSamples keys;
  {
    const at::NoGradGuard noGrad;  // the losses detach them
    at::Generator random = pair.random;
    keys = pair.ids ? sampler_->sampleAt(pair.source, *pair.ids)
                    : sampler_->sample(pair.source, patches_, random);
  }
  nets::PatchSamples queries = sampler_->sampleAt(pair.target, keys.ids);
  return {std::move(keys), std::move(queries)};
}

at::Tensor PatchContrast::layerLoss(const FeaturePair& pair, const LayerRows& rows) {
  return nets::patchNce(rows.queries, rows.keys, nceOptions(pair));
}

ContrastiveValue PatchContrast::of(const FeaturePair& pair) {
  const auto [keys, queries] = sample(pair);
  at::Tensor total;
  for (std::size_t i = 0; i < queries.features.size(); ++i) {
    const LayerRows rows{i, queries.features[i], keys.features[i], keys.ids[i]};
    const at::Tensor loss = layerLoss(pair, rows).mean() * weight_;
    total = total.defined() ? total + loss : loss;
  }
  return {total / static_cast<double>(queries.features.size()), {}};
}

}  // namespace cut::trainer
