#include "trainer/methods/reconstruction_step.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "cuttranslate/error.hpp"
#include "trainer/checkpoint/adam_state.hpp"
#include "trainer/methods/autocast.hpp"
#include "trainer/methods/colour.hpp"

namespace cut::trainer {

// (1 - beta1) / sqrt(1 - beta2) is 1: no gradient, however sudden, makes Adam's step longer than its rate.
// CUT's 0.5 and 0.999 allow 16 times that.
ReconstructionStep::ReconstructionStep(std::shared_ptr<nets::ResnetGenerator> generator, std::int64_t steps,
                                       bool autocast)
    : generator_(std::move(generator)),
      steps_(steps),
      autocast_(autocast),
      optimizer_(generator_->parameters(), torch::optim::AdamOptions(rate).betas({0.9, 0.99})) {
  if (generator_->spec().inputChannels != generator_->spec().outputChannels)
    throw Error(ErrorKind::invalidArgument,
                "--warmup_steps: a generator of " + generator_->spec().text() +
                    " cannot give its input back; expected as many channels out as in");
}

double ReconstructionStep::rateOf(std::int64_t number, std::int64_t steps) {
  const double done = static_cast<double>(number) / static_cast<double>(steps);
  const double risen = (done + 1 / static_cast<double>(steps)) / rise;
  return rate * std::min(1.0, risen) * (1 - done);
}

double ReconstructionStep::run(const at::Tensor& realA, const at::Tensor& realB, std::int64_t number) {
  for (auto& group : optimizer_.param_groups()) group.options().set_lr(rateOf(number, steps_));
  optimizer_.zero_grad();
  double sum = 0;
  // One domain after the other: half the memory of both in a batch, and their sizes may differ.
  const auto learn = [&](const at::Tensor& images, const at::Tensor& wanted) {
    const Autocast autocast(autocast_, images.device());
    const at::Tensor output = generator_->forward(images).to(images.scalar_type());
    const at::Tensor loss = at::l1_loss(output, wanted) * 0.5;
    loss.backward();
    sum += loss.item<double>();
  };
  learn(realA, withColourGain(realA, colourGain_));
  learn(realB, realB);
  optimizer_.step();
  return sum;
}

StateDict ReconstructionStep::state() {
  StateDict state;
  appendAdam(state, "optimizer_R", optimizer_);
  return state;
}

void ReconstructionStep::restore(const StateDict& state) {
  restoreAdam(state, "optimizer_R", optimizer_);
}

}  // namespace cut::trainer
