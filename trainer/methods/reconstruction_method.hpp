// SPDX-License-Identifier: MIT
// The warm-up before a method's own steps: the generator learns to reconstruct its input.
#pragma once

#include <memory>

#include "trainer/methods/method.hpp"

namespace cut::trainer {

// L1 between G(x) and x on both domains, by Adam. It spares CUT its first thousands of steps, in which
// colours swing while the encoder's features mean nothing yet.
class ReconstructionMethod final : public Method {
 public:
  // Throws invalidArgument for a generator with other channels out than in.
  ReconstructionMethod(std::shared_ptr<nets::Generator> generator, bool autocast);

  std::span<const LossColumn> lossColumns() const noexcept override;
  // None: the generator belongs to the method that this one warms up.
  std::vector<NamedNetwork> networks() const override { return {}; }
  std::vector<NamedOptimizer> optimizers() override { return {{"optimizer_R", &optimizer_}}; }
  nets::Generator& generator() const noexcept override { return *generator_; }
  StepResult step(const StepInput& input) override;

  // The target of A is A with its chroma times this.
  void setSaturation(double saturation) { saturation_ = saturation; }

 private:
  std::shared_ptr<nets::Generator> generator_;
  bool autocast_;
  double saturation_ = 1;
  torch::optim::Adam optimizer_;
};

}  // namespace cut::trainer
