// SPDX-License-Identifier: MIT
#include "trainer/methods/moving_average.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "cuttranslate/error.hpp"
#include "nets/state_dict.hpp"

namespace cut::trainer {

MovingAverage::MovingAverage(const torch::nn::Module& module, double decay) : decay_(decay) {
  if (!(decay >= 0 && decay < 1))
    throw Error(ErrorKind::invalidArgument,
                "the average's decay is " + std::to_string(decay) + "; expected 0 to below 1, usually 0.998");
  for (const auto& entry : module.named_parameters())
    pairs_.push_back({entry.key(), entry.value(), entry.value().detach().clone()});
}

void MovingAverage::update() {
  const at::NoGradGuard noGrad;
  const double n = static_cast<double>(steps_++);
  const double decay = std::min(decay_, (1 + n) / (10 + n));
  for (auto& pair : pairs_) pair.average.lerp_(pair.source, 1 - decay);
}

StateDict MovingAverage::weights() const {
  StateDict result;
  for (const auto& pair : pairs_) result.emplace_back(pair.name, nets::fromTorch(pair.average));
  return result;
}

void MovingAverage::restore(const StateDict& weights, std::int64_t steps) {
  for (auto& pair : pairs_) {
    const Tensor* saved = find(weights, pair.name);
    if (!saved || pair.average.sizes() != at::IntArrayRef(saved->shape))
      throw Error(ErrorKind::wrongFile, "the average of " + pair.name + " is missing or has another shape");
    pair.average.copy_(nets::toTorch(*saved));
  }
  steps_ = steps;
}

EmaScope::EmaScope(nets::Generator& generator, const StateDict& average) : generator_(generator) {
  const at::NoGradGuard noGrad;
  generator_.eval();
  for (auto& entry : generator_.named_parameters()) {
    const Tensor* averaged = find(average, entry.key());
    if (!averaged) continue;
    trained_.emplace_back(entry.value(), entry.value().detach().clone());
    entry.value().copy_(nets::toTorch(*averaged));
  }
}

EmaScope::~EmaScope() {
  const at::NoGradGuard noGrad;
  for (auto& [parameter, trained] : trained_) parameter.copy_(trained);
  generator_.train();
}

}  // namespace cut::trainer
