#include "trainer/loop/averaged.hpp"

#include <ATen/ATen.h>

#include "nets/weights.hpp"

namespace cut::trainer {

Averaged::Averaged(nets::Generator& generator, const StateDict& average) : generator_(generator) {
  const at::NoGradGuard noGrad;
  generator_.eval();
  for (auto& entry : generator_.named_parameters()) {
    const Tensor* averaged = find(average, entry.key());
    if (!averaged) continue;
    own_.emplace_back(entry.value(), entry.value().detach().clone());
    entry.value().copy_(nets::toTorch(*averaged));
  }
}

Averaged::~Averaged() {
  const at::NoGradGuard noGrad;
  for (auto& [parameter, own] : own_) parameter.copy_(own);
  generator_.train();
}

}  // namespace cut::trainer
