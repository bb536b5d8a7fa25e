// SPDX-License-Identifier: MIT
// CycleGanMethod from a run's options.
#include "trainer/methods/cycle_gan_method.hpp"
#include "trainer/methods/make_method.hpp"
#include "trainer/methods/make_networks.hpp"

namespace cut::trainer {
namespace {

CycleGanOptions cycleGanOptions(const TrainOptions& options) {
  return {.ganMode = options.ganMode,
          .lambdaA = options.lambdaA,
          .lambdaB = options.lambdaB,
          .lambdaIdentity = options.lambdaIdentity,
          .poolSize = options.poolSize,
          .referenceQuirks = options.referenceQuirks,
          .autocast = options.precision == Precision::bf16,
          .learningRate = options.lr,
          .beta1 = options.beta1,
          .beta2 = options.beta2};
}

}  // namespace

std::unique_ptr<Method> makeCycleGan(const TrainOptions& options, c10::Device device) {
  const CycleGanMethod::Networks networks{
      nets::makeGenerator(generatorSpec(options)),
      nets::makeGenerator(generatorSpec(options, Direction::bToA)),
      std::make_shared<nets::Discriminator>(discriminatorSpec(options, options.outputNc)),
      std::make_shared<nets::Discriminator>(discriminatorSpec(options, options.inputNc))};
  const std::vector<torch::nn::Module*> all{networks.generatorA.get(), networks.generatorB.get(),
                                            networks.discriminatorA.get(), networks.discriminatorB.get()};
  checkCropSize(*networks.discriminatorA, options);
  initialise(all, options);
  networks.generatorA->setWinograd(options.winograd);
  networks.generatorB->setWinograd(options.winograd);
  for (torch::nn::Module* module : all) moveTo(*module, device, options);
  return std::make_unique<CycleGanMethod>(networks, cycleGanOptions(options));
}

}  // namespace cut::trainer
