// SPDX-License-Identifier: MIT
// CutMethod from a run's options.
#include "nets/patch_sampler.hpp"
#include "trainer/methods/cut_method.hpp"
#include "trainer/methods/make_method.hpp"
#include "trainer/methods/make_networks.hpp"

namespace cut::trainer {
namespace {

CutOptions cutOptions(const TrainOptions& options) {
  CutOptions cut;
  cut.ganMode = options.ganMode;
  cut.lambdaGan = options.lambdaGan;
  cut.lambdaGp = options.referenceQuirks ? 0 : options.lambdaGp;
  cut.lambdaR1 = options.lambdaR1;
  cut.lambdaNce = options.lambdaNce;
  cut.nceIdentity = options.nceIdt;
  cut.lambdaIdentity = options.lambdaIdentity;
  cut.lambdaSelf = options.lambdaSelf;
  cut.lambdaColour = options.lambdaColour;
  cut.matchSaturation = options.colourTarget == ColourTarget::b;
  cut.colourScaleD = options.colourScaleD;
  cut.flipEquivariance = options.flipEquivariance;
  cut.nceLayers = options.nceLayers;
  cut.negativesOfBatch = options.nceIncludesAllNegativesFromMinibatch;
  cut.patches = options.numPatches;
  cut.temperature = options.nceT;
  cut.referenceQuirks = options.referenceQuirks;
  cut.autocast = options.precision == Precision::bf16;
  cut.learningRate = options.lr;
  cut.beta1 = options.beta1;
  cut.beta2 = options.beta2;
  cut.reconstructionWarmUp = options.warmupSteps > 0;
  cut.validate();
  return cut;
}

}  // namespace

std::unique_ptr<Method> makeCut(const TrainOptions& options, c10::Device device) {
  const auto generator = nets::makeGenerator(generatorSpec(options));
  const auto discriminator =
      std::make_shared<nets::Discriminator>(discriminatorSpec(options, options.outputNc));
  const auto sampler = std::make_shared<nets::PatchSampler>(featureChannels(*generator, options.nceLayers),
                                                            options.netFNc, options.netF == NetF::mlpSample);
  checkCropSize(*discriminator, options);
  initialise({generator.get(), discriminator.get(), sampler.get()}, options);
  generator->setWinograd(options.winograd);
  moveTo(*generator, device, options);
  moveTo(*discriminator, device, options);
  moveTo(*sampler, device, options);
  return std::make_unique<CutMethod>(generator, discriminator, sampler, cutOptions(options));
}

}  // namespace cut::trainer
