// SPDX-License-Identifier: MIT
#include "trainer/methods/contrastive/dictionary_contrast.hpp"

#include <ATen/ATen.h>

#include "nets/contrastive_losses.hpp"
#include "trainer/methods/cut_method.hpp"
#include "trainer/methods/feature_maps.hpp"

namespace cut::trainer {

DictionaryContrast::DictionaryContrast(const CutOptions& options, std::shared_ptr<nets::Generator> generator,
                                       std::shared_ptr<nets::PatchSampler> sampler)
    : PatchContrast(options, std::move(sampler)),
      generator_(std::move(generator)),
      layers_(options.nceLayers),
      autocasts_(options.autocast),
      internal_(options.contrast.negatives == nets::Negatives::both),
      weights_({{"G", generator_.get()}, {"F", sampler_.get()}}, options.contrast.momentum),
      domains_{Domain{KeyDictionary(layers_.size(), options.contrast.queueSize), {}, {}, {}},
               Domain{KeyDictionary(layers_.size(), options.contrast.queueSize), {}, {}, {}}} {}

void DictionaryContrast::beginStep(const StepInput& input) {
  domains_[0].imageIds = input.imagesA;
  domains_[1].imageIds = input.imagesB;
}

at::Tensor DictionaryContrast::imageIdsOf(const Domain& domain) {
  const auto options = domain.images.options().dtype(at::kLong);
  if (domain.imageIds.empty()) return at::full({domain.images.size(0)}, -1, options);
  return at::tensor(domain.imageIds, at::kLong).to(domain.images.device());
}

std::pair<nets::PatchSamples, nets::PatchSamples> DictionaryContrast::sample(const FeaturePair& pair) {
  auto samples = PatchContrast::sample(pair);
  Domain& domain = domainOf(pair.term);
  domain.images = pair.images;
  domain.positions = samples.first.ids;
  return samples;
}

at::Tensor DictionaryContrast::layerLoss(const FeaturePair& pair, const LayerRows& rows) {
  const Domain& domain = domainOf(pair.term);
  const bool empty = domain.dictionary.isEmpty(rows.layer);
  const at::Tensor negatives =
      empty ? at::zeros({0, rows.keys.size(1)}, rows.keys.options()) : domain.dictionary.keys(rows.layer);
  const at::Tensor queried = imageIdsOf(domain).unsqueeze(1);
  const at::Tensor known = empty ? at::zeros({0}, queried.options()) : domain.dictionary.images(rows.layer);
  const at::Tensor own = (queried == known).logical_and(queried >= 0);
  return nets::dictionaryNce(rows.queries, rows.keys, negatives, own, internal_, nceOptions(pair));
}

// After the step: the dictionary's encoder follows, and encodes what this step has seen.
void DictionaryContrast::endStep() {
  const at::NoGradGuard noGrad;
  weights_.update();
  const MomentumWeights::Scope averaged(weights_);
  generator_->eval();  // without dropout; running statistics are those of the training passes
  for (Domain& domain : domains_)
    if (domain.images.defined()) learn(domain);
  generator_->train();
}

void DictionaryContrast::learn(Domain& domain) {
  const auto maps = encodedMaps(*generator_, domain.images, layers_, autocasts_);
  const nets::PatchSamples keys = sampler_->sampleAt(maps, domain.positions);
  const at::Tensor images = imageIdsOf(domain);
  for (std::size_t i = 0; i < keys.features.size(); ++i) {
    const std::int64_t patches = keys.features[i].size(0) / images.size(0);
    domain.dictionary.push(i, keys.features[i], images.repeat_interleave(patches));
  }
  domain.images.reset();
  domain.positions.clear();
  domain.imageIds.clear();
}

void DictionaryContrast::appendState(StateDict& state) const {
  weights_.appendState(state, "momentum");
  domains_[0].dictionary.appendState(state, "dictionary.A");
  domains_[1].dictionary.appendState(state, "dictionary.B");
}

void DictionaryContrast::restore(const StateDict& state) {
  weights_.restore(state, "momentum");
  const at::Tensor like = generator_->parameters().front();
  domains_[0].dictionary.restore(state, "dictionary.A", like);
  domains_[1].dictionary.restore(state, "dictionary.B", like);
}

std::pair<nets::PatchSamples, nets::PatchSamples> ImageContrast::sample(const FeaturePair& pair) {
  nets::PatchSamples keys, queries;
  for (std::size_t i = 0; i < pair.source.size(); ++i) {
    {
      const at::NoGradGuard noGrad;  // the losses detach them
      keys.features.push_back(sampler_->project(i, pair.source[i].mean({2, 3})));
    }
    queries.features.push_back(sampler_->project(i, pair.target[i].mean({2, 3})));
  }
  keys.ids.resize(pair.source.size());  // none
  return {std::move(keys), std::move(queries)};
}

at::Tensor ImageContrast::layerLoss(const FeaturePair&, const LayerRows& rows) {
  return nets::patchNce(rows.queries, rows.keys, {.batch = 1, .temperature = temperature_});
}

}  // namespace cut::trainer
