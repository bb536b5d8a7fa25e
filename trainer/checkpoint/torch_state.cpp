// SPDX-License-Identifier: MIT
#include "trainer/checkpoint/torch_state.hpp"

#include <ATen/ATen.h>

#include <memory>
#include <utility>

#include "cuttranslate/error.hpp"
#include "nets/state_dict.hpp"

namespace cut::trainer {
namespace {

using torch::optim::AdamParamState;

std::string stateKey(const std::string& prefix, std::size_t parameter, const char* what) {
  return prefix + "." + std::to_string(parameter) + "." + what;
}

at::Tensor saved(const StateDict& state, const std::string& name, const at::Tensor& parameter) {
  const Tensor* tensor = find(state, name);
  if (!tensor || parameter.sizes() != at::IntArrayRef(tensor->shape))
    throw Error(ErrorKind::wrongFile,
                "the optimiser's " + name + " is missing or has another shape than its parameter");
  return at::empty_like(parameter.detach()).copy_(nets::toTorch(*tensor));  // its device, type and strides
}

}  // namespace

StateDict plainNames(StateDict weights) {
  constexpr std::string_view prefix = "module.";
  for (auto& [name, tensor] : weights)
    if (name.starts_with(prefix)) name.erase(0, prefix.size());
  return weights;
}

void appendModule(StateDict& state, std::string_view prefix, const torch::nn::Module& module) {
  const auto append = [&](const auto& entries) {
    for (const auto& entry : entries)
      state.emplace_back(std::string(prefix) + entry.key(), nets::fromTorch(entry.value()));
  };
  append(module.named_parameters());
  append(module.named_buffers());
}

void restoreModule(const StateDict& state, std::string_view prefix, torch::nn::Module& module) {
  StateDict part;
  for (const auto& [name, tensor] : state)
    if (name.starts_with(prefix)) part.emplace_back(name.substr(prefix.size()), tensor);
  nets::loadStateDict(module, part);
}

void appendAdam(StateDict& state, const std::string& prefix, torch::optim::Adam& optimizer) {
  const auto& parameters = optimizer.param_groups().front().params();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto entry = optimizer.state().find(parameters[i].unsafeGetTensorImpl());
    if (entry == optimizer.state().end()) continue;
    const auto& adam = static_cast<const AdamParamState&>(*entry->second);
    state.emplace_back(stateKey(prefix, i, "exp_avg"), nets::fromTorch(adam.exp_avg()));
    state.emplace_back(stateKey(prefix, i, "exp_avg_sq"), nets::fromTorch(adam.exp_avg_sq()));
    state.emplace_back(stateKey(prefix, i, "step"), nets::fromTorch(at::tensor(adam.step(), at::kLong)));
  }
}

void restoreAdam(const StateDict& state, const std::string& prefix, torch::optim::Adam& optimizer) {
  const auto& parameters = optimizer.param_groups().front().params();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Tensor* step = find(state, stateKey(prefix, i, "step"));
    if (!step) {
      optimizer.state().erase(parameters[i].unsafeGetTensorImpl());
      continue;
    }
    auto adam = std::make_unique<AdamParamState>();
    adam->exp_avg(saved(state, stateKey(prefix, i, "exp_avg"), parameters[i]));
    adam->exp_avg_sq(saved(state, stateKey(prefix, i, "exp_avg_sq"), parameters[i]));
    adam->step(nets::toTorch(*step).item<std::int64_t>());
    optimizer.state()[parameters[i].unsafeGetTensorImpl()] = std::move(adam);
  }
}

}  // namespace cut::trainer
