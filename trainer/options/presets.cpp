// SPDX-License-Identifier: MIT
// What --model, --CUT_mode, --nce and --content set, from which every other option starts.
#include <algorithm>

#include "trainer/options/tables.hpp"

namespace cut::trainer {
namespace {

TrainOptions fastCutPreset() {
  TrainOptions options;
  options.cutMode = CutMode::fastCut;
  options.lambdaNce = 10;
  options.nceIdt = false;
  options.flipEquivariance = true;
  options.nEpochs = 150;
  options.nEpochsDecay = 50;
  return options;
}

// Park et al. 2020, section 4.4 and appendix C.1, and the reference. --CUT_mode says the rest.
TrainOptions sinCutPreset(TrainOptions options) {
  options.model = MethodName::sinCut;
  options.datasetMode = DatasetMode::singleImage;
  options.preprocess = "zoom_and_patch";
  options.randomScaleMax = 3;
  options.loadSize = 1024;
  options.cropSize = 64;
  options.batchSize = 16;
  options.netG = NetG::styleGan2;
  options.netD = nets::NetD::styleGan2;
  options.ngf = 10;
  options.ndf = 8;
  options.ganMode = nets::GanMode::nonsaturating;
  options.lambdaR1 = 1;
  options.lambdaIdentity = 1;
  options.lambdaNce = 4;
  options.nceLayers = {0, 2, 4};
  options.numPatches = 1;
  options.nceIncludesAllNegativesFromMinibatch = true;
  options.lr = 2e-3;
  options.beta1 = 0;
  options.beta2 = 0.99;
  options.nEpochs = 8;
  options.nEpochsDecay = 8;
  options.saveEpochFreq = 1;
  options.saveLatestFreq = 20000;
  return options;
}

// Zhu et al. 2017, section 4; the epochs and networks are the reference's.
TrainOptions cycleGanPreset() {
  TrainOptions options;
  options.model = MethodName::cycleGan;
  options.lambdaIdentity = 0.5;
  return options;
}

// Jung et al. 2022: their commands for horse2zebra, and for a single image.
void setRelations(TrainOptions& options) {
  const bool single = options.model == MethodName::sinCut;
  options.lambdaNce = single ? 4 : 0.1;
  if (!single) return;
  options.lambdaSrc = 10;
  options.hdceGamma = 200;
  options.hdceGammaMin = 40;
}

// Cai et al. 2024: the objective is the GAN's, 2 times the agreement and 10 times the identity. Their program
// halves the last two in epochs with both.
void setAgreement(TrainOptions& options) {
  options.lambdaNce = 2;
  options.nceIdt = false;
  options.lambdaIdentity = 10;
  options.stopIdtEpochs = options.nEpochs;  // with the full rate
  options.lr = 5e-5;
  options.lrD = 2e-4;
  options.nceLayers = encoLayers(options);
}

}  // namespace

std::vector<std::int64_t> encoLayers(const TrainOptions& options) {
  const std::int64_t blocks = options.netG == NetG::resnet9Blocks   ? 9
                              : options.netG == NetG::resnet6Blocks ? 6
                                                                    : 4;
  // Modules: padding, convolution, norm, ReLU; convolution, norm, ReLU and perhaps a blur twice; blocks;
  // perhaps an interpolation, convolution, norm, ReLU twice.
  const std::int64_t down = options.noAntialias ? 3 : 4, up = options.noAntialiasUp ? 3 : 4;
  const std::int64_t firstBlock = 4 + 2 * down, lastBlock = firstBlock + blocks - 1;
  return {3,
          3 + down,
          firstBlock + 1,
          std::max(firstBlock + 2, lastBlock - 2),
          lastBlock + up,
          lastBlock + 2 * up};
}

TrainOptions withContrast(TrainOptions preset, nets::PatchLoss nce, Content content) {
  if (nce == nets::PatchLoss::srcHdce) setRelations(preset);
  if (content == Content::enco) setAgreement(preset);
  return preset;
}

TrainOptions trainPreset(MethodName method, CutMode mode) {
  TrainOptions options = mode == CutMode::fastCut ? fastCutPreset() : TrainOptions();
  switch (method) {
    case MethodName::cut:
      break;
    case MethodName::sinCut:
      return sinCutPreset(options);
    case MethodName::cycleGan:
      return cycleGanPreset();
  }
  return options;
}

std::vector<NamedPreset> otherPresets() {
  const TrainOptions cut;
  return {{"FastCUT", trainPreset(MethodName::cut, CutMode::fastCut)},
          {"SinCUT", trainPreset(MethodName::sinCut, CutMode::cut)},
          {"cycle_gan", trainPreset(MethodName::cycleGan, CutMode::cut)},
          {"src_hdce", withContrast(cut, nets::PatchLoss::srcHdce, Content::nce)},
          {"enco", withContrast(cut, nets::PatchLoss::patch, Content::enco)}};
}

CutMode cutModeOf(const std::string& text) {
  return indexOf("CUT_mode", text, {{"CUT"}, {"FastCUT"}}, Letters::anyCase) == 0 ? CutMode::cut
                                                                                  : CutMode::fastCut;
}

}  // namespace cut::trainer
