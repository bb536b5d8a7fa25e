// SPDX-License-Identifier: MIT
// CutMethod from a command's options, with each contrastive loss.
#include "trainer/methods/make_method.hpp"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

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

std::vector<double> lossesOf(const TrainOptions& options) {
  options.validate();
  const auto method = makeMethod(options, at::kCPU);
  at::Generator random = at::make_generator<at::CPUGeneratorImpl>(3);
  const auto images = [&] { return at::rand({2, 3, 32, 32}, random, at::TensorOptions(at::kFloat)) * 2 - 1; };
  const at::Tensor a = images(), b = images();
  return method->step({.realA = a, .realB = b, .random = random, .epoch = 1, .epochs = 2}).losses;
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
