// SPDX-License-Identifier: MIT
// Command lines that were written for the reference.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parsed.hpp"

namespace cut::trainer::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Ignored, AreNamedInOneNotice) {
  EXPECT_THAT(notices({"--display_id", "0", "--verbose", "--easy_label", "x", "--display_port=1",
                       "--dataset_mode", "unaligned", "--pool_size", "0"}),
              ElementsAre("--pool_size, --easy_label, --display_id, --display_port and --verbose have no "
                          "effect here"));
  EXPECT_THAT(notices({"--display_id", "-1"}), ElementsAre("--display_id has no effect here"));
  EXPECT_THAT(notices({}), IsEmpty());
}

TEST(GpuIds, MinusOneIsTheCpuANumberItsCardAndNothingAuto) {
  EXPECT_EQ(trained({"--gpu_ids", "-1"}).device, "cpu");
  EXPECT_EQ(trained({"--gpu_ids", "0"}).device, "cuda:0");
  EXPECT_EQ(trained({"--gpu_ids=3"}).device, "cuda:3");
  EXPECT_EQ(trained({}).device, "auto");
  EXPECT_EQ(trained({"--device", "cuda"}).device, "cuda:0");
}

TEST(GpuIds, SeveralAndContradictionsAreRefused) {
  EXPECT_THAT(refusal({"--gpu_ids", "0,1"}), HasSubstr("one device does all the work, got '0,1'"));
  EXPECT_THAT(refusal({"--gpu_ids", "-2"}), HasSubstr("expected a whole number, -1 to 999"));
  EXPECT_THAT(refusal({"--gpu_ids", "-1", "--device", "cuda:1"}), HasSubstr("contradict each other"));
  EXPECT_EQ(trained({"--gpu_ids", "1", "--device", "cuda:1"}).device, "cuda:1");
}

TEST(Suffix, TakesTheOptionsValuesAsPythonPrintsThem) {
  EXPECT_EQ(trained({"--name", "n", "--suffix", "{model}_{netG}_size{load_size}"}).name,
            "n_cut_resnet_9blocks_size286");
  EXPECT_EQ(
      trained({"--name", "n", "--suffix", "{lambda_GAN}_{lr}_{nce_T}_{nce_idt}_{nce_layers}_{{x}}"}).name,
      "n_1.0_0.0002_0.07_True_0,4,8,12,16_{x}");
  EXPECT_EQ(trained({"--name", "n", "--suffix", "{easy_label}", "--easy_label", "e"}).name, "n_e");
  EXPECT_EQ(trained({"--name", "n", "--suffix", ""}).name, "n");
}

TEST(Suffix, NamesTheSameRunInTest) {
  const std::vector<std::string> words{"--dataroot",  "D",
                                       "--CUT_mode",  "fastcut",
                                       "--netG",      "resnet_6blocks",
                                       "--suffix",    "{netG}_{lambda_NCE}_{no_flip}",
                                       "--load_size", "256"};
  std::vector<std::string> train{"train"};
  std::vector<std::string> test{"test"};
  train.insert(train.end(), words.begin(), words.end());
  test.insert(test.end(), words.begin(), words.end());
  EXPECT_EQ(std::get<TrainOptions>(parsed(train).line.command).name,
            "experiment_name_resnet_6blocks_10.0_False");
  EXPECT_EQ(std::get<TestOptions>(parsed(test).line.command).name,
            "experiment_name_resnet_6blocks_10.0_False");
}

TEST(Suffix, RefusesWhatItCannotFill) {
  EXPECT_THAT(refusal({"--suffix", "{loadsize}"}), HasSubstr("did you mean {load_size}?"));
  EXPECT_THAT(refusal({"--suffix", "{lr:.3f}"}), HasSubstr("got 'lr:.3f'"));
  EXPECT_THAT(refusal({"--suffix", "{lr"}), HasSubstr("a } behind each {"));
  EXPECT_THAT(refusal({"--suffix", "lr}"}), HasSubstr("a { in front of each }"));
  EXPECT_THAT(refusal({"--suffix", "/../../x"}), HasSubstr("expected the name of a folder"));
}

TEST(NceLayers, AreSortedAndThatIsTold) {
  EXPECT_EQ(trained({"--nce_layers", "8,0,4"}).nceLayers, (std::vector<std::int64_t>{0, 4, 8}));
  EXPECT_THAT(notices({"--nce_layers", "8,0,4"}), ElementsAre("--nce_layers 8,0,4 is taken as 0,4,8"));
  EXPECT_EQ(trained({"--nce_layers", "-1, 4"}).nceLayers, (std::vector<std::int64_t>{4, -1}));
  EXPECT_EQ(trained({"--nce_layers", "16"}).nceLayers, std::vector<std::int64_t>{16});
}

// The reference returns at the layer that is named last, pairs the maps it has with as many criteria, and
// divides by the number of layers named.
TEST(NceLayers, BeyondTheLastOneAreDroppedWithTheReferencesQuirks) {
  const TrainOptions options = trained({"--reference_quirks", "--nce_layers", "8,0,4", "--lambda_NCE", "3"});
  EXPECT_EQ(options.nceLayers, (std::vector<std::int64_t>{0, 4}));
  EXPECT_DOUBLE_EQ(options.lambdaNce, 2);
  EXPECT_THAT(notices({"--reference_quirks", "--nce_layers", "8,0,4"}),
              ElementsAre(HasSubstr("are dropped")));
}

TEST(NceLayers, OutOfOrderBeforeTheLastOneStayWithTheReferencesQuirks) {
  const TrainOptions options = trained({"--reference_quirks", "--nce_layers", "4,0,8", "--lambda_NCE", "3"});
  EXPECT_EQ(options.nceLayers, (std::vector<std::int64_t>{0, 4, 8}));
  EXPECT_EQ(options.lambdaNce, 3);
}

TEST(Start, FromAnotherRunCountsMoreThanGoingOn) {
  const std::vector<std::string> both{"--continue_train", "--pretrained_name", "other"};
  const TrainOptions options = trained(both);
  EXPECT_FALSE(options.continueTrain);
  EXPECT_EQ(options.pretrainedName, "other");
  EXPECT_THAT(notices(both), ElementsAre(HasSubstr("starts from the networks of 'other'")));
}

TEST(Start, FromTheRunItselfIsGoingOn) {
  const TrainOptions options = trained({"--continue_train", "--name", "n", "--pretrained_name", "n"});
  EXPECT_TRUE(options.continueTrain);
  EXPECT_EQ(options.pretrainedName, "");
}

TEST(CropSize, ThatIsNoMultipleOfFourIsTakenAndTold) {
  EXPECT_EQ(trained({"--crop_size", "250"}).cropSize, 250);
  EXPECT_THAT(notices({"--crop_size", "250"}), ElementsAre(HasSubstr("resized to 248")));
  EXPECT_THAT(notices({"--crop_size", "254"}), ElementsAre(HasSubstr("resized to 256")));
  EXPECT_THAT(notices({"--crop_size", "250", "--preprocess", "resize"}), IsEmpty());
}

TEST(MaxDatasetSize, IsInfOrANumber) {
  EXPECT_EQ(trained({"--max_dataset_size", "inf"}).maxDatasetSize, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(trained({"--max_dataset_size", "Inf"}).maxDatasetSize, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(trained({"--max_dataset_size", "100"}).maxDatasetSize, 100);
  EXPECT_THAT(refusal({"--max_dataset_size", "0"}), HasSubstr("1 or more"));
}

// The launcher of the reference's README for its grumpy cats, and how it starts from a downloaded model.
TEST(CommandLines, OfTheReferenceAreTaken) {
  EXPECT_EQ(trained({"--name", "grumpycat_CUT", "--CUT_mode", "CUT", "--gpu_ids", "0"}).device, "cuda:0");
  const TrainOptions options = trained({"--name",
                                        "GTA",
                                        "--CUT_mode",
                                        "FastCUT",
                                        "--no_flip",
                                        "--preprocess",
                                        "scale_width_and_crop",
                                        "--load_size",
                                        "1024",
                                        "--crop_size",
                                        "512",
                                        "--display_freq",
                                        "100",
                                        "--batch_size",
                                        "1",
                                        "--nce_layers",
                                        "0,4,8,12,16",
                                        "--no_html",
                                        "--display_id",
                                        "-1"});
  EXPECT_EQ(options.loadSize, 1024);
  EXPECT_EQ(options.lambdaNce, 10);
}

}  // namespace
}  // namespace cut::trainer::test
