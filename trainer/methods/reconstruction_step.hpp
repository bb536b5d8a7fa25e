// A warm start before CUT's own steps: the generator learns to give its input back.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/optim/adam.h>

#include <cstdint>
#include <memory>

#include "cuttranslate/tensor.hpp"
#include "nets/resnet_generator.hpp"

namespace cut::trainer {

// L1 between G(x) and x on both domains, by Adam. It spares CUT its first thousands of steps, in which
// colours swing while the encoder's features mean nothing yet.
class ReconstructionStep {
 public:
  static constexpr double rate = 1e-3;
  static constexpr double rise = 0.2;

  // The rate of the `number`-th of `steps`, from 0: it rises to `rate` over the share `rise` of them, and
  // falls to 0 over all. A step that is too long saturates the tanh of a generator without norms for good.
  static double rateOf(std::int64_t number, std::int64_t steps);

  ReconstructionStep(std::shared_ptr<nets::ResnetGenerator> generator, std::int64_t steps, bool autocast);

  // A is then reproduced with its colours times this.
  void setColourGain(double gain) { colourGain_ = gain; }

  // The `number`-th of `steps`, from 0; images as CutStep takes them. Returns the mean loss.
  double run(const at::Tensor& realA, const at::Tensor& realB, std::int64_t number);

  // The optimiser, as "optimizer_R.".
  StateDict state();
  void restore(const StateDict& state);  // throws wrongFile

 private:
  std::shared_ptr<nets::ResnetGenerator> generator_;
  std::int64_t steps_;
  bool autocast_;
  double colourGain_ = 1;
  torch::optim::Adam optimizer_;
};

}  // namespace cut::trainer
