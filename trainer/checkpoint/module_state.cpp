#include "trainer/checkpoint/module_state.hpp"

#include <string>

#include "nets/weights.hpp"

namespace cut::trainer {

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

}  // namespace cut::trainer
