// SPDX-License-Identifier: MIT
// The options of `cut-trainer train`, resolved: presets applied, defaults filled in, nce_layers sorted.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "cuttranslate/engine.hpp"
#include "cuttranslate/spec.hpp"
#include "nets/training_enums.hpp"
#include "trainer/data/preprocess.hpp"
#include "trainer/options/augmentation.hpp"
#include "trainer/options/choices.hpp"
#include "trainer/options/points.hpp"
#include "trainer/schedule/learning_rate.hpp"

namespace cut::trainer {

// Names are the reference's options, in camelCase. Defaults are CUT's.
struct TrainOptions {
  // Where
  std::string name = "experiment_name";
  std::filesystem::path checkpointsDir = "checkpoints";
  std::filesystem::path dataroot;                   // with trainA and trainB
  std::vector<std::filesystem::path> dataA, dataB;  // instead, or besides
  std::string phase = "train";
  DatasetMode datasetMode = DatasetMode::unaligned;
  Direction direction = Direction::aToB;
  std::int64_t maxDatasetSize = std::numeric_limits<std::int64_t>::max();

  // Method
  MethodName model = MethodName::cut;
  CutMode cutMode = CutMode::cut;
  double lambdaGan = 1;
  double lambdaNce = 1;
  bool nceIdt = true;
  double lambdaIdentity = 0;  // cycle_gan: relative to lambdaB and lambdaA
  int stopIdtEpochs = 0;      // epochs with lambda_identity, 0: all
  double lambdaSelf = 0;
  double lambdaColour = 0;
  ColourTarget colourTarget = ColourTarget::a;
  bool flipEquivariance = false;
  nets::GanMode ganMode = nets::GanMode::lsgan;
  double lambdaGp = 10;  // of the penalty of wgangp
  double lambdaR1 = 0;
  AugmentationPolicy diffAugment;  // diffaug: of the discriminator's inputs; empty: none
  std::vector<std::int64_t> nceLayers{0, 4, 8, 12, 16};
  bool nceIncludesAllNegativesFromMinibatch = false;
  NetF netF = NetF::mlpSample;
  int netFNc = 256;
  double nceT = 0.07;
  std::int64_t numPatches = 256;
  double lambdaA = 10;  // of CycleGAN's cycle A to B to A
  double lambdaB = 10;  // B to A to B
  std::int64_t poolSize = 50;

  // Contrastive loss
  Content content = Content::nce;
  nets::PatchLoss nce = nets::PatchLoss::patch;
  nets::Negatives nceNegatives = nets::Negatives::internal;
  std::int64_t nceQueueSize = 4096;
  double nceMomentum = 0.999;
  nets::MonceCost costType = nets::MonceCost::hard;
  double otEps = 1;
  double negTermWeight = 1;
  double lambdaSrc = 0.05;
  double hdceGamma = 50;
  double hdceGammaMin = 10;
  nets::AttentionSpan qsMode = nets::AttentionSpan::global;
  int oversampleRatio = 4;
  double randomRatio = 0.5;

  // Networks
  NetG netG = NetG::resnet9Blocks;
  nets::NetD netD = nets::NetD::basic;
  int inputNc = 3;
  int outputNc = 3;
  int ngf = 64;
  int ndf = 64;
  int nLayersD = 3;
  int styleGan2Downsampling = 1;  // stylegan2_G_num_downsampling
  int colourScaleD = 1;
  Norm normG = Norm::instance;
  Norm normD = Norm::instance;
  nets::Initialisation initType = nets::Initialisation::xavier;
  double initGain = 0.02;
  bool noDropout = true;
  bool noAntialias = false;
  bool noAntialiasUp = false;

  // Images
  bool exifOrientation = false;  // they are turned as their EXIF data say
  PreprocessMode preprocess = "resize_and_crop";
  int loadSize = 286;
  int loadHeight = 0;  // 0: load_size
  int cropSize = 256;
  bool noFlip = false;
  double randomScaleMax = 1.25;
  bool serialBatches = false;
  int batchSize = 1;
  int numThreads = 4;

  // Schedule
  int nEpochs = 200;
  int nEpochsDecay = 200;
  std::int64_t warmupSteps = 0;  // of plain reconstruction, L1 of G(x) against x, before the first epoch
  double lr = 2e-4;
  double lrD = 0;  // of the discriminator, 0: lr
  double beta1 = 0.5;
  double beta2 = 0.999;
  RatePolicy lrPolicy = RatePolicy::linear;
  int lrDecayIters = 50;
  double ema = 0;             // decay of the generator's average, 0: none
  double maxHours = 0;        // 0: no limit
  std::int64_t maxSteps = 0;  // of this run, which then ends as if it were interrupted; 0: no limit
  std::uint64_t seed = 0;

  // Machine
  std::string device = "auto";            // auto | cpu | cuda:N
  int threads = 0;                        // of the CPU; 0: all that the process may use
  Precision precision = Precision::fp32;  // fp32 | bf16 (autocast)
  bool winograd = true;                   // the generator's 3x3 convolutions on the CPU by our own kernels

  // Checkpoints and reports, in images seen or epochs
  bool continueTrain = false;
  std::string pretrainedName;  // start from this run's networks
  std::string epoch = "latest";
  int epochCount = 1;
  std::int64_t saveLatestFreq = 5000;
  int saveEpochFreq = 5;
  bool saveByIter = false;
  double saveMinutes = 15;  // between saves, whatever the frequencies; 0: not by time
  std::int64_t printFreq = 100;
  std::int64_t displayFreq = 400;
  std::int64_t updateHtmlFreq = 1000;
  bool noHtml = false;
  std::vector<PicturePoint> similarityPoints;  // of the first picture, shown with the previews

  // What model.pt says of itself
  std::string licence;
  std::string attribution;
  std::string command;  // as it was typed

  bool referenceQuirks = false;
  bool dryRun = false;

  bool operator==(const TrainOptions&) const = default;
  // Throws invalidArgument: the option, what it expects, what came, what to do.
  void validate() const;

  std::filesystem::path folder() const { return checkpointsDir / name; }
};

// The side that StyleGAN2's channels are made for: the power of two next to the smaller of load_size and
// crop_size.
inline int styleGanResolution(const TrainOptions& options) {
  return 1 << std::lround(std::log2(std::min(options.loadSize, options.cropSize)));
}

inline PreprocessOptions preprocessOptions(const TrainOptions& options) {
  return {.mode = options.preprocess,
          .loadSize = options.loadSize,
          .loadHeight = options.loadHeight,
          .cropSize = options.cropSize,
          .flip = !options.noFlip,
          .randomScaleMax = options.randomScaleMax,
          .resampling =
              options.datasetMode == DatasetMode::singleImage ? Resampling::bilinear : Resampling::bicubic,
          .referenceQuirks = options.referenceQuirks};
}

}  // namespace cut::trainer
