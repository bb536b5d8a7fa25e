// SPDX-License-Identifier: MIT
// What no single option can be checked for.
#include <algorithm>
#include <bit>
#include <cstdint>

#include "trainer/options/tables.hpp"

namespace cut::trainer {
namespace {

// Each value by its own option, which names it.
template <typename T>
void checkRows(OptionTable (*tableOf)(T&), const T& options) {
  T scratch = options;
  const OptionTable table = tableOf(scratch);
  for (const Option& row : table.rows())
    for (const std::string& value : row.get()) row.set(value);
}

template <typename T>
void checkDomains(const T& options, const std::string& folders) {
  if (!options.dataroot.empty() || (!options.dataA.empty() && !options.dataB.empty())) return;
  const bool half = !options.dataA.empty() || !options.dataB.empty();
  refuse("dataroot",
         half ? "--dataA and --dataB belong together; give the other one too, or --dataroot D with " + folders
              : "nothing says where the images are; give --dataroot D with " + folders +
                    ", or --dataA PATH and --dataB PATH");
}

void checkUnet(const TrainOptions& options) {
  if (!isUnet(options.netG)) return;
  const std::string name(nameOf(options.netG));
  if (options.model != MethodName::cycleGan)
    refuse("netG",
           "'" + name +
               "' has no single row of layers for PatchNCE to compare; use resnet_9blocks, or --model "
               "cycle_gan");
  const int multiple = options.netG == NetG::unet128 ? 128 : 256;
  if ((options.preprocess.crop || options.preprocess.patch) && options.cropSize % multiple != 0)
    refuse("crop_size", "a multiple of " + std::to_string(multiple) + " with --netG " + name,
           std::to_string(options.cropSize));
  if (options.noAntialiasUp)
    refuse("no_antialias_up", "a U-Net has transposed convolutions anyway; leave it out");
}

void checkCycleGan(const TrainOptions& options) {
  if (options.lambdaIdentity > 0 && options.inputNc != options.outputNc)
    refuse("lambda_identity",
           "compares images of B with what the generator of A makes of them; expected --input_nc " +
               std::to_string(options.outputNc) + " as --output_nc, or --lambda_identity 0, got " +
               std::to_string(options.inputNc));
  if (options.ganMode == nets::GanMode::wgangp)
    refuse("gan_mode",
           "'wgangp' needs its gradient penalty, which CycleGAN's discriminators do not have; use lsgan, "
           "vanilla, "
           "nonsaturating or hinge");
}

void checkChannels(const TrainOptions& options) {
  const bool feedsBack = options.lambdaNce > 0 || options.lambdaIdentity > 0 || options.lambdaSelf > 0 ||
                         options.lambdaColour > 0 || options.warmupSteps > 0;
  if (options.inputNc != options.outputNc && feedsBack)
    refuse(
        "output_nc",
        "PatchNCE, --lambda_identity, --lambda_self, --lambda_colour and --warmup_steps give the generator "
        "its own output or compare both; expected --input_nc " +
            std::to_string(options.inputNc) + ", got " + std::to_string(options.outputNc));
}

void checkColour(const TrainOptions& options) {
  if (options.colourTarget == ColourTarget::b && options.lambdaColour <= 0)
    refuse("colour_target", "B is what --lambda_colour then asks for; expected that above 0, got 0");
  if (options.outputNc != 1) return;
  if (options.lambdaColour > 0) refuse("lambda_colour", "grey images have no colours to hold; leave it out");
  if (options.colourScaleD != 1)
    refuse("colour_scale_D", "grey images have no colours to average; leave it out");
}

void checkLosses(const TrainOptions& options) {
  if (options.lambdaGan <= 0 && options.lambdaNce <= 0 && options.lambdaIdentity <= 0 &&
      options.lambdaSelf <= 0 && options.lambdaColour <= 0)
    refuse("lambda_GAN",
           "the generator has nothing to learn from: expected --lambda_GAN, --lambda_NCE, --lambda_identity, "
           "--lambda_self or --lambda_colour above 0, got 0 for all");
  auto layers = options.nceLayers;
  if (layers.empty()) refuse("nce_layers", "one layer at least, or --lambda_NCE 0", "");
  std::sort(layers.begin(), layers.end());
  if (std::adjacent_find(layers.begin(), layers.end()) != layers.end())
    refuse("nce_layers", "each layer once", textOf(options.nceLayers));
}

bool isPowerOfTwo(int value) {
  return std::has_single_bit(static_cast<unsigned>(value));
}

void checkStyleGanGenerator(const TrainOptions& options) {
  if (!isStyleGan(options.netG)) return;
  const std::string name(nameOf(options.netG));
  const auto require = [&name](bool good, const char* option, const std::string& rest) {
    if (!good) refuse(option, "--netG " + name + " " + rest);
  };
  require(options.inputNc == 3 && options.outputNc == 3, "input_nc",
          "has 3 channels on either side; use RGB, or --netG resnet_9blocks for grey");
  require(options.normG == Norm::instance, "normG", "has no norm to choose; leave it out");
  require(options.noDropout, "no_dropout", "has no dropout; leave it out");
  require(!options.noAntialias, "no_antialias", "has blurs of its own; leave it out");
  require(!options.noAntialiasUp, "no_antialias_up", "has blurs of its own; leave it out");
  const int side = styleGanResolution(options);
  require(
      side >= 4 << options.styleGan2Downsampling && side <= 1024, "stylegan2_G_num_downsampling",
      "is for sides of 8 to 1024 that are 4 or more when halved; expected a larger --crop_size, or fewer");
  if ((options.preprocess.crop || options.preprocess.patch) &&
      options.cropSize % (1 << options.styleGan2Downsampling) != 0)
    refuse("crop_size",
           "a multiple of " + std::to_string(1 << options.styleGan2Downsampling) + " with --netG " + name,
           std::to_string(options.cropSize));
  require(512 * options.ngf >= 2 * side, "ngf",
          "has ngf * 512 / crop_size channels; expected more than " + std::to_string(options.ngf));
}

void checkStyleGanDiscriminator(const TrainOptions& options) {
  if (options.netD != nets::NetD::styleGan2) return;
  if (!options.preprocess.crop && !options.preprocess.patch)
    refuse("netD", "stylegan2 sees images of one size: expected a --preprocess with crop or patch, got " +
                       options.preprocess.text());
  if (!isPowerOfTwo(options.cropSize) || options.cropSize < 8 || options.cropSize > 1024)
    refuse("crop_size", "a power of two from 8 to 1024 for --netD stylegan2",
           std::to_string(options.cropSize));
  if (options.normD != Norm::instance)
    refuse("normD", "--netD stylegan2 has no norm to choose; leave it out");
}

// A setting that the chosen loss does not read is a mistake where it says anything but its default.
void checkOwners(const TrainOptions& options, bool remembers) {
  const TrainOptions defaults;
  const auto owned = [&](auto TrainOptions::*field, const char* option, bool isRead, const char* owner) {
    if (!isRead && options.*field != defaults.*field)
      refuse(option, std::string("belongs to ") + owner + ", which is not chosen; leave it out");
  };
  const bool monce = options.nce == nets::PatchLoss::monce;
  const bool relations = options.nce == nets::PatchLoss::srcHdce;
  const bool agreement = options.content == Content::enco;
  owned(&TrainOptions::nceQueueSize, "nce_queue_size", remembers, "--nce_negatives external or both");
  owned(&TrainOptions::nceMomentum, "nce_momentum", remembers, "--nce_negatives external or both");
  owned(&TrainOptions::costType, "cost_type", monce, "--nce monce");
  owned(&TrainOptions::otEps, "ot_eps", monce, "--nce monce");
  owned(&TrainOptions::negTermWeight, "neg_term_weight", monce, "--nce monce");
  owned(&TrainOptions::lambdaSrc, "lambda_SRC", relations, "--nce src_hdce");
  owned(&TrainOptions::hdceGamma, "HDCE_gamma", relations, "--nce src_hdce");
  owned(&TrainOptions::hdceGammaMin, "HDCE_gamma_min", relations, "--nce src_hdce");
  owned(&TrainOptions::qsMode, "QS_mode", options.nce == nets::PatchLoss::qsAttn, "--nce qs_attn");
  owned(&TrainOptions::oversampleRatio, "oversample_ratio", agreement, "--content enco");
  owned(&TrainOptions::randomRatio, "random_ratio", agreement, "--content enco");
  owned(&TrainOptions::stopIdtEpochs, "stop_idt_epochs", options.lambdaIdentity > 0,
        "--lambda_identity above 0");
}

// What one contrastive loss has and another has not.
void checkContrast(const TrainOptions& options) {
  const std::string nce(nameOf(options.nce)), negatives(nameOf(options.nceNegatives));
  const bool patch = options.nce == nets::PatchLoss::patch;
  const bool internal = options.nceNegatives == nets::Negatives::internal;
  if (!patch && !internal)
    refuse("nce_negatives", negatives + " is for --nce patch alone, and " + nce +
                                " has negatives of its own; leave one of the two out");
  if (options.nceNegatives == nets::Negatives::images && options.batchSize < 2)
    refuse("nce_negatives", "images contrasts the images of a batch; expected --batch_size 2 or more, got 1");
  if (options.nceNegatives == nets::Negatives::images && options.nceIncludesAllNegativesFromMinibatch)
    refuse("nce_includes_all_negatives_from_minibatch",
           "--nce_negatives images has no patches to take from them; leave it out");
  const bool remembers =
      options.nceNegatives == nets::Negatives::external || options.nceNegatives == nets::Negatives::both;
  if (remembers && options.datasetMode == DatasetMode::singleImage)
    refuse("nce_negatives", negatives +
                                " takes patches of other images, and --dataset_mode singleimage has one; " +
                                "expected internal or images");
  checkOwners(options, remembers);
}

void checkAgreement(const TrainOptions& options) {
  if (options.content != Content::enco) return;
  if (options.nce != nets::PatchLoss::patch || options.nceNegatives != nets::Negatives::internal)
    refuse("content",
           "enco has no negatives and takes the place of PatchNCE; leave --nce and --nce_negatives out");
  if (options.nceIdt)
    refuse("nce_idt", "with --content enco, --lambda_identity holds B to its own translation; leave it out");
  if (options.lambdaGan <= 0)
    refuse("content", "enco chooses patches by the discriminator; expected --lambda_GAN above 0, got 0");
  for (const Augmentation each : options.diffAugment)
    if (each != Augmentation::color)
      refuse("diffaug", "--content enco asks the discriminator about each place, which " +
                            std::string(nameOf(each)) + " moves or hides; expected color or none, got " +
                            textOf(options.diffAugment));
  if (isStyleGan(options.netG))
    refuse("content", "enco pairs layers of an encoder and a decoder; expected a --netG resnet_*, got " +
                          std::string(nameOf(options.netG)));
  if (options.netD == nets::NetD::styleGan2)
    refuse("content", "enco asks the discriminator about each place; expected a --netD other than stylegan2");
  if (options.netF != NetF::mlpSample)
    refuse("netF", "--content enco has projectors and predictors; expected mlp_sample, got sample");
  if (options.nceLayers.size() % 2 != 0)
    refuse("nce_layers", "with --content enco, an even number of layers, paired from the outside in",
           textOf(options.nceLayers));
}

void checkSchedule(const TrainOptions& options) {
  const std::int64_t epochs = std::int64_t{options.nEpochs} + options.nEpochsDecay;
  if (epochs < 1)
    refuse("n_epochs", "--n_epochs and --n_epochs_decay make 0 epochs; expected 1 or more together");
  if (options.epochCount > epochs)
    refuse("epoch_count", "expected at most " + std::to_string(epochs) +
                              " (--n_epochs and --n_epochs_decay), got " +
                              std::to_string(options.epochCount));
  if (options.lrD > 0 && options.lr <= 0)
    refuse("lr_D", "it follows the schedule of --lr; expected that above 0, got 0");
}

}  // namespace

void TrainOptions::validate() const {
  checkRows(trainTable, *this);
  checkDomains(*this, "trainA and trainB in it");
  checkUnet(*this);
  if (model == MethodName::cycleGan) {
    checkCycleGan(*this);
  } else {
    checkChannels(*this);
    checkColour(*this);
    checkLosses(*this);
  }
  checkStyleGanGenerator(*this);
  checkStyleGanDiscriminator(*this);
  checkContrast(*this);
  checkAgreement(*this);
  checkSchedule(*this);
  Preprocess(preprocessOptions(*this));
}

void TestOptions::validate() const {
  checkRows(testTable, *this);
  if (dataroot.empty() && dataA.empty() && dataB.empty())
    refuse("dataroot",
           "nothing says where the images are; give --dataroot D with testA in it, or --dataA PATH");
  const bool fromA = direction == Direction::aToB;
  if (dataroot.empty() && (fromA ? dataA : dataB).empty())
    refuse("dataroot", "the domain that is translated has no images; give --dataroot D, or " +
                           std::string(fromA ? "--dataA" : "--dataB") + " PATH");
  Preprocess(preprocessOptions(*this));
}

void TranslateOptions::validate() const {
  checkRows(translateTable, *this);
  if (model.empty()) refuse("model", "nothing says which model; give --model model.pt");
  if (input.empty() || output.empty())
    refuse("model",
           "expected IN and OUT behind the options: an image, a folder or a video, and what to write");
}

void EvaluateOptions::validate() const {
  checkRows(evaluateTable, *this);
  if (model.empty()) refuse("model", "nothing says which model; give --model model.pt");
  checkDomains(*this, "testA and testB in it");
}

}  // namespace cut::trainer
