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

}  // namespace

TrainOptions trainPreset(MethodName method, CutMode mode) {
  switch (method) {
    case MethodName::cut:
      break;
  }
  return mode == CutMode::fastCut ? fastCutPreset() : TrainOptions();
}

std::vector<NamedPreset> otherPresets() {
  return {{"FastCUT", trainPreset(MethodName::cut, CutMode::fastCut)}};
}

CutMode cutModeOf(const std::string& text) {
  return indexOf("CUT_mode", text, {{"CUT"}, {"FastCUT"}}, Letters::anyCase) == 0 ? CutMode::cut
                                                                                  : CutMode::fastCut;
}

}  // namespace cut::trainer
