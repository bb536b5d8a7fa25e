// SPDX-License-Identifier: MIT
// CutMethod from a command's options, with each contrastive loss.
#include "trainer/methods/make_method.hpp"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <tuple>
#include <vector>

#include "cuttranslate/error.hpp"
#include "trainer/loop/run_data.hpp"

namespace cut::trainer {
namespace {

TrainOptions smallOptions() {
  TrainOptions options;
  options.dataroot = "D";
  options.netG = NetG::resnet4Blocks;
  options.ngf = options.ndf = 4;
  options.netFNc = 8;
  options.cropSize = 32;
  options.loadSize = 32;
  options.netD = nets::NetD::pixel;
  options.batchSize = 2;
  options.numPatches = 16;
  options.nceLayers = {0, 4, 8};
  return options;
}

// Of three steps: a dictionary is empty in the first, and averaged weights differ from the third on.
std::vector<double> lossesOf(const TrainOptions& options) {
  options.validate();
  const auto method = makeMethod(options, at::kCPU);
  at::Generator random = at::make_generator<at::CPUGeneratorImpl>(3);
  const auto images = [&] { return at::rand({2, 3, 32, 32}, random, at::TensorOptions(at::kFloat)) * 2 - 1; };
  std::vector<double> losses;
  for (const int epoch : {1, 2, 3}) {
    const at::Tensor a = images(), b = images();
    StepInput input{.realA = a, .realB = b, .random = random, .epoch = epoch, .epochs = 3};
    input.imagesA = {2 * epoch, 2 * epoch + 1};
    input.imagesB = {2 * epoch, 2 * epoch + 1};
    for (const double loss : method->step(input).losses) losses.push_back(loss);
  }
  return losses;
}

TEST(MakeCut, MakesEachContrastiveLoss) {
  std::vector<TrainOptions> all;
  for (const auto nce :
       {nets::PatchLoss::patch, nets::PatchLoss::monce, nets::PatchLoss::srcHdce, nets::PatchLoss::qsAttn}) {
    all.push_back(smallOptions());
    all.back().nce = nce;
  }
  for (const auto negatives : {nets::Negatives::external, nets::Negatives::both, nets::Negatives::images}) {
    all.push_back(smallOptions());
    all.back().nceNegatives = negatives;
  }
  all.push_back(smallOptions());
  all.back().content = Content::enco;
  all.back().nceIdt = false;
  all.back().nceLayers = {3, 7, 13, 14, 19, 23};
  for (const TrainOptions& options : all)
    for (const double loss : lossesOf(options)) EXPECT_TRUE(std::isfinite(loss));
}

using Change = std::function<void(TrainOptions&)>;

TEST(MakeCut, EachSettingReachesItsLoss) {
  const Change external = [](TrainOptions& o) { o.nceNegatives = nets::Negatives::external; };
  const Change monce = [](TrainOptions& o) { o.nce = nets::PatchLoss::monce; };
  const Change relations = [](TrainOptions& o) { o.nce = nets::PatchLoss::srcHdce; };
  const Change attention = [](TrainOptions& o) { o.nce = nets::PatchLoss::qsAttn; };
  const Change agreement = [](TrainOptions& o) {
    o.content = Content::enco;
    o.nceIdt = false;
    o.nceLayers = {3, 7, 13, 14, 19, 23};
  };
  const std::vector<std::tuple<const char*, Change, Change>> all{
      {"nce_momentum", external, [](TrainOptions& o) { o.nceMomentum = 0; }},
      {"nce_queue_size", external, [](TrainOptions& o) { o.nceQueueSize = 8; }},
      {"cost_type", monce, [](TrainOptions& o) { o.costType = nets::MonceCost::easy; }},
      {"ot_eps", monce, [](TrainOptions& o) { o.otEps = 0.1; }},
      {"neg_term_weight", monce, [](TrainOptions& o) { o.negTermWeight = 2; }},
      {"lambda_SRC", relations, [](TrainOptions& o) { o.lambdaSrc = 1; }},
      {"HDCE_gamma", relations, [](TrainOptions& o) { o.hdceGamma = 1; }},
      {"HDCE_gamma_min", relations, [](TrainOptions& o) { o.hdceGammaMin = 0.1; }},
      {"QS_mode", attention, [](TrainOptions& o) { o.qsMode = nets::AttentionSpan::local; }},
      {"oversample_ratio", agreement, [](TrainOptions& o) { o.oversampleRatio = 1; }},
      {"random_ratio", agreement, [](TrainOptions& o) { o.randomRatio = 1; }},
      {"nce_T", [](TrainOptions&) {}, [](TrainOptions& o) { o.nceT = 0.1; }},
  };
  for (const auto& [name, loss, setting] : all) {
    TrainOptions plain = smallOptions();
    loss(plain);
    TrainOptions changed = plain;
    setting(changed);
    EXPECT_NE(lossesOf(changed), lossesOf(plain)) << name;
  }
}

TEST(MakeCut, RefusesPairsOfLayersThatDiffer) {
  TrainOptions options = smallOptions();
  options.content = Content::enco;
  options.nceIdt = false;
  options.nceLayers = {3, 14};
  try {
    makeMethod(options, at::kCPU);
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalidArgument);
    EXPECT_THAT(error.what(), testing::HasSubstr("layers 3 and 14 have 4 and 16 channels"));
  }
}

TEST(ImageIds, AreOfTheNameAloneAndNotNegative) {
  const auto ids = imageIds({"a.png", "b.png", "a.png", ""});
  EXPECT_EQ(ids[0], ids[2]);
  EXPECT_NE(ids[0], ids[1]);
  for (const std::int64_t id : ids) EXPECT_GE(id, 0);
}

}  // namespace
}  // namespace cut::trainer
