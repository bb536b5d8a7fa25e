// SPDX-License-Identifier: MIT
#include "trainer/methods/make_networks.hpp"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <utility>

#include "cuttranslate/error.hpp"
#include "nets/initialise.hpp"
#include "nets/patch_sampler.hpp"
#include "trainer/data/random.hpp"

namespace cut::trainer {
namespace {

GeneratorSpec styleGanSpec(const TrainOptions& options) {
  GeneratorSpec spec = generatorFromName(nameOf(options.netG));
  spec.ngf = options.ngf;
  spec.downs = options.styleGan2Downsampling;
  spec.resolution = styleGanResolution(options);
  spec.validate();
  return spec;
}

// Whether a network's layers have equalized learning rates, and with them initial weights of their own.
bool isEqualized(const torch::nn::Module& module) {
  if (const auto* generator = dynamic_cast<const nets::Generator*>(&module))
    return generator->spec().resolution > 0;
  const auto* discriminator = dynamic_cast<const nets::Discriminator*>(&module);
  return discriminator && discriminator->spec().netD == nets::NetD::styleGan2;
}

}  // namespace

std::vector<std::int64_t> featureChannels(nets::Generator& generator,
                                          const std::vector<std::int64_t>& layers) {
  for (const std::int64_t layer : layers)
    if (layer >= generator.layerCount())
      throw Error(ErrorKind::invalidArgument, "--nce_layers: " + generator.spec().name() +
                                                  " has the layers 0 to " +
                                                  std::to_string(generator.layerCount() - 1) +
                                                  " (-1 is the last one), got " + std::to_string(layer));
  generator.eval();  // the probe must not reach running statistics
  std::vector<std::int64_t> channels = nets::encodedChannels(generator, layers);
  generator.train();
  return channels;
}

void checkCropSize(nets::Discriminator& discriminator, const TrainOptions& options) {
  if (!options.preprocess.crop && !options.preprocess.patch) return;
  const at::NoGradGuard noGrad;
  discriminator.eval();  // the probe must not reach running statistics
  try {
    discriminator.forward(
        at::zeros({1, discriminator.spec().inputChannels, options.cropSize, options.cropSize}));
  } catch (const c10::Error&) {
    throw Error(ErrorKind::invalidArgument,
                "--crop_size " + std::to_string(options.cropSize) + " is too small for --netD " +
                    std::string(nameOf(options.netD)) +
                    "; expected a larger one, or fewer layers (--netD n_layers --n_layers_D 2)");
  }
  discriminator.train();
}

void initialise(const std::vector<torch::nn::Module*>& modules, const TrainOptions& options) {
  auto random = at::make_generator<at::CPUGeneratorImpl>(Random(options.seed, 0, 0, Purpose::weights).next());
  for (torch::nn::Module* module : modules) {
    if (isEqualized(*module))
      nets::initialiseEqualized(*module, random);
    else
      nets::initialise(*module, options.initType, options.initGain, random);
  }
}

void moveTo(torch::nn::Module& module, c10::Device device, const TrainOptions& options) {
  module.to(device);
  if (options.referenceQuirks) return;
  for (auto& parameter : module.parameters())
    if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(at::MemoryFormat::ChannelsLast));
}

GeneratorSpec generatorSpec(const TrainOptions& options, Direction direction) {
  if (isStyleGan(options.netG)) return styleGanSpec(options);
  GeneratorSpec spec = generatorFromName(nameOf(options.netG));
  spec.inputChannels = options.inputNc;
  spec.outputChannels = options.outputNc;
  if (direction == Direction::bToA) std::swap(spec.inputChannels, spec.outputChannels);
  spec.ngf = options.ngf;
  spec.norm = options.normG;
  if (!isUnet(options.netG)) {  // which has strided and transposed convolutions anyway
    spec.noAntialias = options.noAntialias;
    spec.noAntialiasUp = options.noAntialiasUp;
  }
  spec.dropout = !options.noDropout;
  spec.validate();
  return spec;
}

nets::DiscriminatorSpec discriminatorSpec(const TrainOptions& options, int inputChannels) {
  nets::DiscriminatorSpec spec;
  spec.netD = options.netD;
  spec.inputChannels = inputChannels;
  spec.ndf = options.ndf;
  spec.layers = options.nLayersD;
  spec.norm = options.normD;
  spec.noAntialias = options.noAntialias;
  if (options.netD == nets::NetD::styleGan2) spec.resolution = options.cropSize;
  spec.validate();
  return spec;
}

}  // namespace cut::trainer
