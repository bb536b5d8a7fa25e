// SPDX-License-Identifier: MIT
#include "trainer/methods/contrastive/attention_contrast.hpp"

#include <ATen/ATen.h>

#include "nets/query_attention.hpp"
#include "trainer/methods/cut_method.hpp"

namespace cut::trainer {
namespace {

constexpr std::size_t attendedLayers = 2;  // the authors' two deepest of five

}  // namespace

AttentionContrast::AttentionContrast(const CutOptions& options, std::shared_ptr<nets::PatchSampler> sampler)
    : PatchContrast(options, std::move(sampler)), span_(options.contrast.attention) {}

std::pair<nets::PatchSamples, nets::PatchSamples> AttentionContrast::sample(const FeaturePair& pair) {
  nets::PatchSamples keys, queries;
  at::Generator random = pair.random;
  for (std::size_t i = 0; i < pair.source.size(); ++i) {
    const at::Tensor &source = pair.source[i], &target = pair.target[i];
    at::Tensor ids, keyRows, queryRows;
    if (i + attendedLayers < pair.source.size()) {
      ids = pair.ids ? pair.ids->at(i) : nets::drawPatchIds(source, patches_, random);
      keyRows = nets::patchesAt(source, ids);
      queryRows = nets::patchesAt(target, ids);
    } else {
      const nets::SelectedQueries selected = nets::selectQueries(source, patches_, span_);
      ids = selected.ids;
      keyRows = nets::attended(source, selected);
      queryRows = nets::attended(target, selected);
    }
    {
      const at::NoGradGuard noGrad;  // the losses detach them
      keys.features.push_back(sampler_->project(i, keyRows));
    }
    queries.features.push_back(sampler_->project(i, queryRows));
    keys.ids.push_back(ids);
  }
  queries.ids = keys.ids;
  return {std::move(keys), std::move(queries)};
}

}  // namespace cut::trainer
