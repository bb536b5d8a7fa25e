// SPDX-License-Identifier: MIT
// What --model and --CUT_mode set, from which every other option starts.
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

}  // namespace

TrainOptions trainPreset(MethodName method, CutMode mode) {
  const TrainOptions options = mode == CutMode::fastCut ? fastCutPreset() : TrainOptions();
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
  return {{"FastCUT", trainPreset(MethodName::cut, CutMode::fastCut)},
          {"SinCUT", trainPreset(MethodName::sinCut, CutMode::cut)},
          {"cycle_gan", trainPreset(MethodName::cycleGan, CutMode::cut)}};
}

CutMode cutModeOf(const std::string& text) {
  return indexOf("CUT_mode", text, {{"CUT"}, {"FastCUT"}}, Letters::anyCase) == 0 ? CutMode::cut
                                                                                  : CutMode::fastCut;
}

}  // namespace cut::trainer
