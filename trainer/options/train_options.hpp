// Everything that `cut-trainer train` was told, resolved: presets applied, defaults filled in, nce_layers
// sorted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

namespace cut::trainer {

// Names are the reference's options, in camelCase; values that it names are kept as its words, checked by the
// parser. Defaults are CUT's.
struct TrainOptions {
  // Where
  std::string name = "experiment_name";
  std::filesystem::path checkpointsDir = "checkpoints";
  std::filesystem::path dataroot;                   // with trainA and trainB
  std::vector<std::filesystem::path> dataA, dataB;  // instead, or besides
  std::string phase = "train";
  std::string direction = "AtoB";  // BtoA exchanges the domains
  std::int64_t maxDatasetSize = std::numeric_limits<std::int64_t>::max();

  // Method
  std::string cutMode = "CUT";  // CUT | FastCUT
  double lambdaGan = 1;
  double lambdaNce = 1;
  bool nceIdt = true;
  double lambdaIdentity = 0;
  double lambdaSelf = 0;
  double lambdaColour = 0;
  std::string colourTarget = "A";  // A | B
  bool flipEquivariance = false;
  std::string ganMode = "lsgan";  // lsgan | vanilla | nonsaturating | wgangp | hinge
  double lambdaGp = 10;           // of the penalty of wgangp
  std::vector<std::int64_t> nceLayers{0, 4, 8, 12, 16};
  bool nceIncludesAllNegativesFromMinibatch = false;
  std::string netF = "mlp_sample";  // mlp_sample | sample
  int netFNc = 256;
  double nceT = 0.07;
  std::int64_t numPatches = 256;

  // Networks
  std::string netG = "resnet_9blocks";
  std::string netD = "basic";  // basic | n_layers | pixel
  int inputNc = 3;
  int outputNc = 3;
  int ngf = 64;
  int ndf = 64;
  int nLayersD = 3;
  int colourScaleD = 1;
  std::string normG = "instance";
  std::string normD = "instance";
  std::string initType = "xavier";
  double initGain = 0.02;
  bool noDropout = true;
  bool noAntialias = false;
  bool noAntialiasUp = false;

  // Images
  bool exifOrientation = false;  // they are turned as their EXIF data say
  std::string preprocess = "resize_and_crop";
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
  double beta1 = 0.5;
  double beta2 = 0.999;
  std::string lrPolicy = "linear";  // linear | step | cosine | plateau
  int lrDecayIters = 50;
  double ema = 0;             // decay of the generator's average, 0: none
  double maxHours = 0;        // 0: no limit
  std::int64_t maxSteps = 0;  // of this run, which then ends as if it were interrupted; 0: no limit
  std::uint64_t seed = 0;

  // Machine
  std::string device = "auto";     // auto | cpu | cuda:N
  int threads = 0;                 // of the CPU; 0: all that the process may use
  std::string precision = "fp32";  // fp32 | bf16 (autocast)
  bool winograd = true;            // the generator's 3x3 convolutions on the CPU by our own kernels

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

}  // namespace cut::trainer
