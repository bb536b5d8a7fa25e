// SPDX-License-Identifier: MIT
#include "trainer/methods/contrastive/key_dictionary.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "cuttranslate/error.hpp"
#include "nets/state_dict.hpp"

namespace cut::trainer {

void KeyDictionary::push(std::size_t layer, const at::Tensor& keys, const at::Tensor& images) {
  const auto joined = [this](const at::Tensor& old, const at::Tensor& added) {
    const at::Tensor all = old.defined() ? at::cat({old, added}) : added;
    const std::int64_t surplus = std::max<std::int64_t>(0, all.size(0) - capacity_);
    return all.slice(0, surplus).clone();
  };
  Layer& rows = layers_.at(layer);
  rows.keys = joined(rows.keys, keys.detach());
  rows.images = joined(rows.images, images);
}

void KeyDictionary::appendState(StateDict& state, const std::string& prefix) const {
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (isEmpty(i)) continue;
    const std::string name = prefix + "." + std::to_string(i);
    state.emplace_back(name + ".keys", nets::fromTorch(layers_[i].keys));
    state.emplace_back(name + ".images", nets::fromTorch(layers_[i].images));
  }
}

void KeyDictionary::restore(const StateDict& state, const std::string& prefix, const at::Tensor& like) {
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    layers_[i] = {};
    const std::string name = prefix + "." + std::to_string(i);
    const Tensor* keys = find(state, name + ".keys");
    const Tensor* images = find(state, name + ".images");
    if (!keys && !images) continue;
    if (!keys || !images || keys->shape.size() != 2 || images->shape.size() != 1 ||
        keys->shape[0] != images->shape[0])
      throw Error(ErrorKind::wrongFile, "the dictionary's " + name + " is not keys with an image for each");
    push(i, nets::toTorch(*keys).to(like.options()), nets::toTorch(*images).to(like.device(), at::kLong));
  }
}

MomentumWeights::MomentumWeights(std::vector<std::pair<std::string, torch::nn::Module*>> modules,
                                 double momentum)
    : momentum_(momentum) {
  for (const auto& [name, module] : modules)
    for (const auto& entry : module->named_parameters())
      entries_.push_back({name + "." + entry.key(), entry.value(), {}});
}

void MomentumWeights::update() {
  const at::NoGradGuard noGrad;
  for (Entry& entry : entries_) {
    if (!entry.average.defined()) entry.average = entry.parameter.detach().clone();
    entry.average.lerp_(entry.parameter, 1 - momentum_);
  }
}

void MomentumWeights::exchange() {
  const at::NoGradGuard noGrad;
  for (Entry& entry : entries_) {
    at::Tensor own = entry.parameter.variable_data();
    entry.parameter.set_data(entry.average);
    entry.average = std::move(own);
  }
}

void MomentumWeights::appendState(StateDict& state, const std::string& prefix) const {
  for (const Entry& entry : entries_)
    if (entry.average.defined())
      state.emplace_back(prefix + "." + entry.name, nets::fromTorch(entry.average));
}

void MomentumWeights::restore(const StateDict& state, const std::string& prefix) {
  const bool none = !entries_.empty() && !find(state, prefix + "." + entries_.front().name);
  for (Entry& entry : entries_) {
    entry.average.reset();
    if (none) continue;
    const Tensor* saved = find(state, prefix + "." + entry.name);
    if (!saved || entry.parameter.sizes() != at::IntArrayRef(saved->shape))
      throw Error(ErrorKind::wrongFile,
                  "the moving average of " + entry.name + " is missing or has another shape");
    entry.average = at::empty_like(entry.parameter.detach()).copy_(nets::toTorch(*saved));
  }
}

}  // namespace cut::trainer
