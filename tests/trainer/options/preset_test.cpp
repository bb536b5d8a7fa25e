// SPDX-License-Identifier: MIT
// --CUT_mode and what overrides it; switches in all their forms.
#include <gtest/gtest.h>

#include <algorithm>

#include "parsed.hpp"

namespace cut::trainer::test {
namespace {

TEST(Preset, FastCutSetsWhatTheReferenceSets) {
  for (const char* word : {"FastCUT", "fastcut", "FASTCUT"}) {
    const TrainOptions options = trained({"--CUT_mode", word});
    EXPECT_EQ(options.cutMode, CutMode::fastCut);
    EXPECT_EQ(options.lambdaNce, 10);
    EXPECT_FALSE(options.nceIdt);
    EXPECT_TRUE(options.flipEquivariance);
    EXPECT_EQ(options.nEpochs, 150);
    EXPECT_EQ(options.nEpochsDecay, 50);
    EXPECT_EQ(options.lambdaGan, 1);
  }
}

TEST(Preset, CutIsTheDefault) {
  const TrainOptions options = trained({"--CUT_mode", "cut"});
  EXPECT_EQ(options.cutMode, CutMode::cut);
  EXPECT_EQ(options.lambdaNce, 1);
  EXPECT_TRUE(options.nceIdt);
  EXPECT_FALSE(options.flipEquivariance);
  EXPECT_EQ(options.nEpochs, 200);
  EXPECT_EQ(options.nEpochsDecay, 200);
}

TEST(Preset, EachOfItsValuesIsOverriddenFromEitherSide) {
  std::vector<std::vector<std::string>> parts{{"--CUT_mode", "FastCUT"}, {"--lambda_NCE", "2.5"},
                                              {"--nce_idt", "True"},     {"--flip_equivariance", "False"},
                                              {"--n_epochs", "3"},       {"--n_epochs_decay=4"}};
  std::sort(parts.begin(), parts.end());
  for (std::size_t turn = 0; turn < parts.size(); ++turn) {
    std::rotate(parts.begin(), parts.begin() + 1, parts.end());
    std::vector<std::string> words;
    for (const auto& part : parts) words.insert(words.end(), part.begin(), part.end());
    const TrainOptions options = trained(words);
    EXPECT_EQ(options.cutMode, CutMode::fastCut);
    EXPECT_EQ(options.lambdaNce, 2.5);
    EXPECT_TRUE(options.nceIdt);
    EXPECT_FALSE(options.flipEquivariance);
    EXPECT_EQ(options.nEpochs, 3);
    EXPECT_EQ(options.nEpochsDecay, 4);
  }
}

// The reference's models/sincut_model.py, but for --CUT_mode's nce_idt.
TEST(Preset, SinCutSetsWhatTheReferenceSets) {
  const TrainOptions options = trained({"--model", "sincut"});
  EXPECT_EQ(options.model, MethodName::sinCut);
  EXPECT_EQ(options.datasetMode, DatasetMode::singleImage);
  EXPECT_EQ(options.netG, NetG::styleGan2);
  EXPECT_EQ(options.netD, nets::NetD::styleGan2);
  EXPECT_EQ(options.ngf, 10);
  EXPECT_EQ(options.ndf, 8);
  EXPECT_EQ(options.styleGan2Downsampling, 1);
  EXPECT_EQ(options.ganMode, nets::GanMode::nonsaturating);
  EXPECT_EQ(options.lambdaR1, 1);
  EXPECT_EQ(options.lambdaIdentity, 1);
  EXPECT_EQ(options.lambdaNce, 4);
  EXPECT_TRUE(options.nceIdt);
  EXPECT_EQ(options.nceLayers, (std::vector<std::int64_t>{0, 2, 4}));
  EXPECT_EQ(options.numPatches, 1);
  EXPECT_TRUE(options.nceIncludesAllNegativesFromMinibatch);
  EXPECT_EQ(options.netFNc, 256);
  EXPECT_EQ(options.batchSize, 16);
  EXPECT_EQ(options.lr, 0.002);
  EXPECT_EQ(options.beta1, 0);
  EXPECT_EQ(options.beta2, 0.99);
  EXPECT_EQ(options.nEpochs, 8);
  EXPECT_EQ(options.nEpochsDecay, 8);
  EXPECT_EQ(options.preprocess, "zoom_and_patch");
  EXPECT_EQ(options.randomScaleMax, 3);
  EXPECT_EQ(options.loadSize, 1024);
  EXPECT_EQ(options.cropSize, 64);
  EXPECT_EQ(options.saveEpochFreq, 1);
  EXPECT_EQ(options.saveLatestFreq, 20000);
  EXPECT_EQ(preprocessOptions(options).resampling, Resampling::bilinear);
  EXPECT_EQ(preprocessOptions(trained({})).resampling, Resampling::bicubic);
}

TEST(Preset, SinCutIsOverriddenFromEitherSide) {
  EXPECT_EQ(trained({"--ngf", "4", "--model", "sincut"}).ngf, 4);
  EXPECT_EQ(trained({"--model", "sincut", "--lambda_R1=0"}).lambdaR1, 0);
  EXPECT_FALSE(trained({"--CUT_mode", "FastCUT", "--model", "sincut"}).nceIdt);
  EXPECT_EQ(trained({"--CUT_mode", "FastCUT", "--model", "sincut"}).lambdaNce, 4);
}

TEST(Preset, SrcHdceAndEncoSetWhatTheirAuthorsProgramsSet) {
  const TrainOptions relations = trained({"--nce", "src_hdce"});
  EXPECT_EQ(relations.lambdaNce, 0.1);
  EXPECT_EQ(relations.lambdaSrc, 0.05);
  EXPECT_EQ(trained({"--lambda_NCE", "1", "--nce", "src_hdce"}).lambdaNce, 1);
  EXPECT_EQ(trained({"--model", "sincut", "--nce", "src_hdce"}).hdceGamma, 200);
  const TrainOptions agreement = trained({"--content", "enco", "--n_epochs", "7"});
  EXPECT_EQ(agreement.lambdaNce, 2);
  EXPECT_FALSE(agreement.nceIdt);
  EXPECT_EQ(agreement.lambdaIdentity, 10);
  EXPECT_EQ(agreement.stopIdtEpochs, 7);
  EXPECT_EQ(agreement.lr, 5e-5);
  EXPECT_EQ(agreement.lrD, 2e-4);
  EXPECT_EQ(agreement.nceLayers, (std::vector<std::int64_t>{3, 7, 13, 18, 24, 28}));
}

// The layers of a pair are of one size in every generator.
TEST(Preset, EncoFindsItsLayersInEveryGenerator) {
  const auto layers = [](std::vector<std::string> words) {
    words.insert(words.end(), {"--content", "enco"});
    return trained(words).nceLayers;
  };
  using Layers = std::vector<std::int64_t>;
  EXPECT_EQ(layers({"--netG", "resnet_4blocks"}), (Layers{3, 7, 13, 14, 19, 23}));
  EXPECT_EQ(layers({"--netG", "resnet_6blocks"}), (Layers{3, 7, 13, 15, 21, 25}));
  EXPECT_EQ(layers({"--no_antialias"}), (Layers{3, 6, 11, 16, 22, 26}));
  EXPECT_EQ(layers({"--no_antialias", "--no_antialias_up"}), (Layers{3, 6, 11, 16, 21, 24}));
  EXPECT_EQ(layers({"--nce_layers", "3,28"}), (Layers{3, 28}));
}

TEST(Preset, AnUnknownOneIsRefused) {
  EXPECT_EQ(refusal({"--CUT_mode", "SlowCUT"}),
            "cut-trainer: --CUT_mode: expected CUT or FastCUT, got 'SlowCUT'\n");
}

TEST(Switch, IsOnWithoutAValueAndWithEveryWordForYes) {
  EXPECT_TRUE(trained({"--no_flip"}).noFlip);
  EXPECT_TRUE(trained({"--no_flip", "--serial_batches"}).serialBatches);
  for (const char* yes : {"True", "true", "TRUE", "yes", "Yes", "t", "y", "1"}) {
    EXPECT_TRUE(trained({"--no_flip", yes}).noFlip) << yes;
    EXPECT_TRUE(trained({std::string("--no_flip=") + yes}).noFlip) << yes;
  }
}

TEST(Switch, IsOffWithEveryWordForNo) {
  for (const char* no : {"False", "false", "FALSE", "no", "No", "f", "n", "0"}) {
    EXPECT_FALSE(trained({"--nce_idt", no}).nceIdt) << no;
    EXPECT_FALSE(trained({std::string("--nce_idt=") + no}).nceIdt) << no;
  }
}

TEST(Switch, NoDropoutIsOnUnlessItIsSwitchedOff) {
  EXPECT_TRUE(trained({}).noDropout);
  EXPECT_TRUE(trained({"--no_dropout"}).noDropout);
  EXPECT_FALSE(trained({"--no_dropout", "False"}).noDropout);
}

TEST(Switch, RefusesAnyOtherWord) {
  EXPECT_EQ(
      refusal({"--no_flip", "maybe"}),
      "cut-trainer: --no_flip: expected true or false (yes, no, 1, 0), or no value, which means true, got "
      "'maybe'\n");
  EXPECT_NE(refusal({"--no_flip="}).find("expected a value behind the ="), std::string::npos);
}

TEST(Repeated, TheLastOneCounts) {
  EXPECT_EQ(trained({"--ngf", "8", "--ngf=16"}).ngf, 16);
  EXPECT_FALSE(trained({"--nce_idt", "--nce_idt", "no"}).nceIdt);
}

TEST(Repeated, DomainsAreCollected) {
  const TrainOptions options = trained({"--dataA", "a", "--dataB", "c", "--dataA=b"});
  EXPECT_EQ(options.dataA, (std::vector<std::filesystem::path>{"a", "b"}));
  EXPECT_EQ(options.dataB, std::vector<std::filesystem::path>{"c"});
}

TEST(Command, IsKeptAsItWasTyped) {
  EXPECT_EQ(trained({"--name", "it's 1", "--suffix", ""}).command,
            "cut-trainer train --dataroot D --name 'it'\\''s 1' --suffix ''");
}

}  // namespace
}  // namespace cut::trainer::test
