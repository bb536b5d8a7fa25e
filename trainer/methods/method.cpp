// SPDX-License-Identifier: MIT
#include "trainer/methods/method.hpp"

#include <ATen/ATen.h>

#include <algorithm>

#include "cuttranslate/error.hpp"
#include "trainer/checkpoint/torch_state.hpp"

namespace cut::trainer {

std::vector<std::string> Method::initialiseFromData(const TrainingPairs&) {
  return {};
}

NamedImages Method::preview(const at::Tensor& realA, const at::Tensor& realB) {
  NamedImages images{{"real A", realA}, {"fake B", generator().forward(realA)}, {"real B", realB}};
  if (realB.size(1) == generator().spec().inputChannels)
    images.emplace_back("identity B", generator().forward(realB));
  return images;
}

StateDict Method::state() {
  StateDict state;
  for (const NamedNetwork& network : networks()) appendModule(state, network.name + ".", *network.module);
  for (const NamedOptimizer& optimizer : optimizers()) appendAdam(state, optimizer.name, *optimizer.adam);
  return state;
}

void Method::restore(const StateDict& state) {
  for (const NamedNetwork& network : networks()) restoreModule(state, network.name + ".", *network.module);
  for (const NamedOptimizer& optimizer : optimizers()) restoreAdam(state, optimizer.name, *optimizer.adam);
}

void Method::setLearningRate(double rate) {
  for (const NamedOptimizer& optimizer : optimizers())
    for (auto& group : optimizer.adam->param_groups()) group.options().set_lr(rate * optimizer.rateRatio);
}

std::size_t Method::objectiveIndex() const {
  const auto columns = lossColumns();
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [](const LossColumn& column) { return column.isObjective; });
  if (found == columns.end()) throw Error(ErrorKind::internal, "a method has no objective among its losses");
  return static_cast<std::size_t>(found - columns.begin());
}

std::string Method::nameOf(const torch::nn::Module& module) const {
  for (const NamedNetwork& network : networks())
    if (network.module == &module) return network.name;
  throw Error(ErrorKind::internal, "a network is not among those of its method");
}

}  // namespace cut::trainer
