// SPDX-License-Identifier: MIT
#include "trainer/methods/reconstruction_method.hpp"

#include <ATen/ATen.h>

#include <array>
#include <utility>

#include "cuttranslate/error.hpp"
#include "trainer/methods/autocast.hpp"
#include "trainer/methods/chroma.hpp"
#include "trainer/schedule/learning_rate.hpp"

namespace cut::trainer {

// (1 - beta1) / sqrt(1 - beta2) is 1: no gradient, however sudden, makes Adam's step longer than its rate.
// CUT's 0.5 and 0.999 allow 16 times that.
ReconstructionMethod::ReconstructionMethod(std::shared_ptr<nets::Generator> generator, bool autocast)
    : generator_(std::move(generator)),
      autocast_(autocast),
      optimizer_(generator_->parameters(), torch::optim::AdamOptions(warmUpPeakRate).betas({0.9, 0.99})) {
  if (generator_->spec().inputChannels != generator_->spec().outputChannels)
    throw Error(ErrorKind::invalidArgument,
                "--warmup_steps: a generator of " + generator_->spec().text() +
                    " cannot give its input back; expected as many channels out as in");
}

std::span<const LossColumn> ReconstructionMethod::lossColumns() const noexcept {
  static const std::array<LossColumn, 1> columns{{{"reconstruction", /*isObjective=*/true}}};
  return columns;
}

StepResult ReconstructionMethod::step(const StepInput& input) {
  optimizer_.zero_grad();
  double sum = 0;
  // One domain after the other: half the memory of both in a batch, and their sizes may differ.
  const auto learn = [&](const at::Tensor& images, const at::Tensor& target) {
    const Autocast autocast(autocast_, images.device());
    const at::Tensor output = generator_->forward(images).to(images.scalar_type());
    const at::Tensor loss = at::l1_loss(output, target) * 0.5;
    loss.backward();
    sum += loss.item<double>();
  };
  learn(input.realA, withSaturation(input.realA, saturation_));
  learn(input.realB, input.realB);
  optimizer_.step();
  return {{sum}};
}

}  // namespace cut::trainer
