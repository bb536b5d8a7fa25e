// SPDX-License-Identifier: MIT
#include "trainer/methods/contrastive/patch_contrast.hpp"

#include <ATen/ATen.h>

#include <utility>

#include "trainer/methods/cut_method.hpp"

namespace cut::trainer {
namespace {

constexpr std::int64_t nearestCount = 10;

}  // namespace

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

std::optional<NearestNegatives> PatchContrast::nearest(const FeaturePair& pair) {
  if (negativesOfBatch_) return std::nullopt;  // most are of other images
  const at::NoGradGuard noGrad;
  const std::size_t layer = pair.source.size() - 1;
  const at::Tensor& map = pair.source[layer];
  NearestNegatives nearest{.height = map.size(2), .width = map.size(3), .query = 0, .negatives = {}};
  nearest.query = nearest.height / 2 * nearest.width + nearest.width / 2;
  at::Generator random = pair.random;
  const at::Tensor ids = nets::drawPatchIds(map, patches_, random);
  const at::Tensor keys = sampler_->project(layer, nets::patchesAt(map, ids));
  const at::Tensor own = at::full({1}, nearest.query, ids.options());
  const at::Tensor query = sampler_->project(layer, nets::patchesAt(pair.target[layer], own));
  nearest.negatives = nearestPositions(query, keys, ids, nearest.query, nearestCount);
  return nearest;
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
