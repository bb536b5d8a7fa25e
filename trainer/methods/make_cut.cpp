// SPDX-License-Identifier: MIT
// CutMethod from a run's options.
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "cuttranslate/error.hpp"
#include "nets/patch_sampler.hpp"
#include "trainer/methods/contrastive/encoder_agreement.hpp"
#include "trainer/methods/contrastive/make_contrastive.hpp"
#include "trainer/methods/cut_method.hpp"
#include "trainer/methods/make_method.hpp"
#include "trainer/methods/make_networks.hpp"

namespace cut::trainer {
namespace {

ContrastOptions contrastOptions(const TrainOptions& options) {
  ContrastOptions contrast;
  contrast.loss = options.nce;
  contrast.negatives = options.nceNegatives;
  contrast.queueSize = options.nceQueueSize;
  contrast.momentum = options.nceMomentum;
  contrast.monce = {.cost = options.costType, .epsilon = options.otEps, .weight = options.negTermWeight};
  contrast.lambdaRelation = options.lambdaSrc;
  contrast.gamma = options.hdceGamma;
  contrast.gammaMin = options.hdceGammaMin;
  contrast.attention = options.qsMode;
  contrast.oversampling = options.oversampleRatio;
  contrast.randomRatio = options.randomRatio;
  return contrast;
}

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
  cut.diffAugment = options.diffAugment;
  cut.flipEquivariance = options.flipEquivariance;
  cut.nceLayers = options.nceLayers;
  cut.negativesOfBatch = options.nceIncludesAllNegativesFromMinibatch;
  cut.patches = options.numPatches;
  cut.temperature = options.nceT;
  cut.referenceQuirks = options.referenceQuirks;
  cut.autocast = options.precision == Precision::bf16;
  cut.contrast = contrastOptions(options);
  cut.identityEpochs = options.stopIdtEpochs;
  cut.learningRate = options.lr;
  cut.learningRateD = options.lrD;
  cut.beta1 = options.beta1;
  cut.beta2 = options.beta2;
  cut.reconstructionWarmUp = options.warmupSteps > 0;
  cut.validate();
  return cut;
}

// The heads of EnCo's pairs. Throws invalidArgument where the maps of a pair differ in their channels.
std::shared_ptr<nets::AgreementHeads> agreementHeads(const std::vector<std::int64_t>& channels,
                                                     const TrainOptions& options) {
  const std::size_t pairs = channels.size() / 2;
  for (std::size_t i = 0; i < pairs; ++i)
    if (channels[i] != channels[channels.size() - 1 - i])
      throw Error(ErrorKind::invalidArgument,
                  "--nce_layers: --content enco pairs layers from the outside in, and layers " +
                      std::to_string(options.nceLayers[i]) + " and " +
                      std::to_string(options.nceLayers[channels.size() - 1 - i]) + " have " +
                      std::to_string(channels[i]) + " and " +
                      std::to_string(channels[channels.size() - 1 - i]) + " channels; expected as many");
  return std::make_shared<nets::AgreementHeads>(
      std::vector(channels.begin(), channels.begin() + static_cast<std::ptrdiff_t>(pairs)), options.netFNc);
}

}  // namespace

std::unique_ptr<Method> makeCut(const TrainOptions& options, c10::Device device) {
  const auto generator = nets::makeGenerator(generatorSpec(options));
  const auto discriminator =
      std::make_shared<nets::Discriminator>(discriminatorSpec(options, options.outputNc));
  const std::vector<std::int64_t> channels = featureChannels(*generator, options.nceLayers);
  const CutOptions cut = cutOptions(options);
  std::unique_ptr<ContrastiveLoss> contrastive;
  if (options.content == Content::enco)
    contrastive = std::make_unique<EncoderAgreement>(cut, agreementHeads(channels, options));
  else
    contrastive = makeContrastive(
        cut, generator,
        std::make_shared<nets::PatchSampler>(channels, options.netFNc, options.netF == NetF::mlpSample));
  checkCropSize(*discriminator, options);
  initialise({generator.get(), discriminator.get(), &contrastive->heads()}, options);
  generator->setWinograd(options.winograd);
  moveTo(*generator, device, options);
  moveTo(*discriminator, device, options);
  moveTo(contrastive->heads(), device, options);
  return std::make_unique<CutMethod>(generator, discriminator, std::move(contrastive), cut);
}

}  // namespace cut::trainer
