// SPDX-License-Identifier: MIT
#include "trainer/methods/make_method.hpp"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include "cuttranslate/error.hpp"
#include "nets/discriminator.hpp"
#include "nets/initialise.hpp"
#include "nets/patch_sampler.hpp"
#include "nets/resnet_generator.hpp"
#include "trainer/data/random.hpp"
#include "trainer/methods/cut_method.hpp"

namespace cut::trainer {
namespace {

int blocksOf(NetG netG) {
  return netG == NetG::resnet9Blocks ? 9 : netG == NetG::resnet6Blocks ? 6 : 4;
}

// Channels of the generator's features at nce_layers, found by encoding a small image.
std::vector<std::int64_t> featureChannels(nets::ResnetGenerator& generator,
                                          const std::vector<std::int64_t>& layers) {
  for (const std::int64_t layer : layers)
    if (layer >= generator.layerCount())
      throw Error(ErrorKind::invalidArgument, "--nce_layers: " + generator.spec().name() +
                                                  " has the layers 0 to " +
                                                  std::to_string(generator.layerCount() - 1) +
                                                  " (-1 is the last one), got " + std::to_string(layer));
  const at::NoGradGuard noGrad;
  generator.eval();
  std::vector<std::int64_t> channels;
  const std::int64_t side = 8 * std::int64_t{generator.spec().sizeMultiple()};
  for (const auto& map : generator.encode(at::zeros({1, generator.spec().inputChannels, side, side}), layers))
    channels.push_back(map.size(1));
  generator.train();
  return channels;
}

// Throws for a crop smaller than the discriminator's receptive field, which has no prediction.
void checkCropSize(nets::Discriminator& discriminator, const TrainOptions& options) {
  if (!options.preprocess.crop) return;
  const at::NoGradGuard noGrad;
  discriminator.eval();  // the probe must not reach running statistics
  try {
    discriminator.forward(at::zeros({1, options.outputNc, options.cropSize, options.cropSize}));
  } catch (const c10::Error&) {
    throw Error(ErrorKind::invalidArgument,
                "--crop_size " + std::to_string(options.cropSize) + " is too small for --netD " +
                    std::string(nameOf(options.netD)) +
                    "; expected a larger one, or fewer layers (--netD n_layers --n_layers_D 2)");
  }
  discriminator.train();
}

void moveTo(torch::nn::Module& module, c10::Device device, bool asTheReference) {
  module.to(device);
  if (asTheReference) return;
  for (auto& parameter : module.parameters())
    if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(at::MemoryFormat::ChannelsLast));
}

GeneratorSpec generatorSpec(const TrainOptions& options) {
  GeneratorSpec spec;
  spec.blocks = blocksOf(options.netG);
  spec.inputChannels = options.inputNc;
  spec.outputChannels = options.outputNc;
  spec.ngf = options.ngf;
  spec.norm = options.normG;
  spec.noAntialias = options.noAntialias;
  spec.noAntialiasUp = options.noAntialiasUp;
  spec.dropout = !options.noDropout;
  spec.validate();
  return spec;
}

nets::DiscriminatorSpec discriminatorSpec(const TrainOptions& options) {
  nets::DiscriminatorSpec spec;
  spec.netD = options.netD;
  spec.inputChannels = options.outputNc;
  spec.ndf = options.ndf;
  spec.layers = options.nLayersD;
  spec.norm = options.normD;
  spec.noAntialias = options.noAntialias;
  spec.validate();
  return spec;
}

CutOptions cutOptions(const TrainOptions& options) {
  CutOptions cut;
  cut.ganMode = options.ganMode;
  cut.lambdaGan = options.lambdaGan;
  cut.lambdaGp = options.referenceQuirks ? 0 : options.lambdaGp;
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

std::unique_ptr<Method> makeCut(const TrainOptions& options, c10::Device device) {
  const auto generator = std::make_shared<nets::ResnetGenerator>(generatorSpec(options));
  const auto discriminator = std::make_shared<nets::Discriminator>(discriminatorSpec(options));
  const auto sampler = std::make_shared<nets::PatchSampler>(featureChannels(*generator, options.nceLayers),
                                                            options.netFNc, options.netF == NetF::mlpSample);
  checkCropSize(*discriminator, options);
  auto random = at::make_generator<at::CPUGeneratorImpl>(Random(options.seed, 0, 0, Purpose::weights).next());
  nets::initialise(*generator, options.initType, options.initGain, random);
  nets::initialise(*discriminator, options.initType, options.initGain, random);
  nets::initialise(*sampler, options.initType, options.initGain, random);
  generator->setWinograd(options.winograd);
  moveTo(*generator, device, options.referenceQuirks);
  moveTo(*discriminator, device, options.referenceQuirks);
  moveTo(*sampler, device, options.referenceQuirks);
  return std::make_unique<CutMethod>(generator, discriminator, sampler, cutOptions(options));
}

}  // namespace

// --CUT_mode FastCUT is a preset of CUT's options.
std::unique_ptr<Method> makeMethod(const TrainOptions& options, c10::Device device) {
  return makeCut(options, device);
}

}  // namespace cut::trainer
