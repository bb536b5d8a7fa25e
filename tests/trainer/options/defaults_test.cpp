// SPDX-License-Identifier: MIT
// Every default of train is the reference's (its options/base_options.py, options/train_options.py and
// models/cut_model.py), or named here as another.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "parsed.hpp"
#include "trainer/options/configuration.hpp"
#include "trainer/options/tables.hpp"

namespace cut::trainer::test {
namespace {

const std::map<std::string, std::string> referenceDefaults{
    {"CUT_mode", "CUT"},
    {"model", "cut"},
    {"batch_size", "1"},
    {"beta1", "0.5"},
    {"beta2", "0.999"},
    {"checkpoints_dir", "checkpoints"},
    {"continue_train", "false"},
    {"crop_size", "256"},
    {"dataset_mode", "unaligned"},
    {"direction", "AtoB"},
    {"display_freq", "400"},
    {"epoch", "latest"},
    {"epoch_count", "1"},
    {"flip_equivariance", "false"},
    {"gan_mode", "lsgan"},
    {"init_gain", "0.02"},
    {"init_type", "xavier"},
    {"input_nc", "3"},
    {"lambda_GAN", "1"},
    {"lambda_NCE", "1"},
    {"load_size", "286"},
    {"lr", "0.0002"},
    {"lr_decay_iters", "50"},
    {"lr_policy", "linear"},
    {"max_dataset_size", "inf"},
    {"n_epochs", "200"},
    {"n_epochs_decay", "200"},
    {"n_layers_D", "3"},
    {"name", "experiment_name"},
    {"nce_T", "0.07"},
    {"nce_idt", "true"},
    {"nce_includes_all_negatives_from_minibatch", "false"},
    {"nce_layers", "0,4,8,12,16"},
    {"ndf", "64"},
    {"netD", "basic"},
    {"netF", "mlp_sample"},
    {"netF_nc", "256"},
    {"netG", "resnet_9blocks"},
    {"ngf", "64"},
    {"no_antialias", "false"},
    {"no_antialias_up", "false"},
    {"no_dropout", "true"},
    {"no_flip", "false"},
    {"no_html", "false"},
    {"normD", "instance"},
    {"normG", "instance"},
    {"num_patches", "256"},
    {"num_threads", "4"},
    {"output_nc", "3"},
    {"phase", "train"},
    {"preprocess", "resize_and_crop"},
    {"print_freq", "100"},
    {"save_by_iter", "false"},
    {"save_epoch_freq", "5"},
    {"save_latest_freq", "5000"},
    {"serial_batches", "false"},
    {"stylegan2_G_num_downsampling", "1"},
    {"update_html_freq", "1000"},
};

// Options of ours, and the one whose default differs: the reference's 3.0 is for its single images; unaligned
// ones get 0.8 to 1 whatever is said.
const std::map<std::string, std::string> ownDefaults{
    {"HDCE_gamma", "50"},
    {"HDCE_gamma_min", "10"},
    {"QS_mode", "global"},
    {"content", "nce"},
    {"cost_type", "hard"},
    {"device", "auto"},
    {"diffaug", "none"},
    {"dry_run", "false"},
    {"ema", "0"},
    {"exif_orientation", "false"},
    {"lambda_SRC", "0.05"},
    {"lambda_gp", "10"},
    {"lambda_identity", "0"},
    {"lambda_R1", "0"},
    {"lambda_self", "0"},
    {"lambda_colour", "0"},
    {"colour_target", "A"},
    {"colour_scale_D", "1"},
    {"load_height", "0"},
    {"lr_D", "0"},
    {"max_hours", "0"},
    {"max_steps", "0"},
    {"nce", "patch"},
    {"nce_momentum", "0.999"},
    {"nce_negatives", "internal"},
    {"nce_queue_size", "4096"},
    {"neg_term_weight", "1"},
    {"ot_eps", "1"},
    {"oversample_ratio", "4"},
    {"precision", "fp32"},
    {"random_ratio", "0.5"},
    {"random_scale_max", "1.25"},
    {"reference_quirks", "false"},
    {"save_minutes", "15"},
    {"seed", "0"},
    {"stop_idt_epochs", "0"},
    {"threads", "0"},
    {"warmup_steps", "0"},
    {"winograd", "true"},
};

// Those of the reference that CycleGAN alone knows.
const std::map<std::string, std::string> cycleGanDefaults{
    {"lambda_A", "10"}, {"lambda_B", "10"}, {"pool_size", "50"}};

// What has no value unless it is given.
const std::vector<std::string> withoutDefault{"attribution",     "config",           "dataA",   "dataB",
                                              "dataroot",        "gpu_ids",          "licence", "suffix",
                                              "pretrained_name", "similarity_points"};

// Options of the reference that change nothing here.
const std::vector<std::string> ignoredOptions{"display_env",  "display_ncols",   "display_id",
                                              "display_port", "display_server",  "display_winsize",
                                              "easy_label",   "evaluation_freq", "verbose"};

TEST(Defaults, AreTheReferencesOrNamedAsOurs) {
  for (const auto& [option, value] : configuration(TrainOptions())) {
    const bool known = referenceDefaults.contains(option);
    ASSERT_TRUE(known || ownDefaults.contains(option)) << option << " is in no table";
    EXPECT_EQ(value, (known ? referenceDefaults : ownDefaults).at(option)) << option;
  }
  EXPECT_EQ(configuration(TrainOptions()).size(), referenceDefaults.size() + ownDefaults.size());
}

TEST(Defaults, OfCycleGanAreTheReferences) {
  std::map<std::string, std::string> values;
  for (const auto& [option, value] : configuration(trained({"--model", "cycle_gan"}))) values[option] = value;
  for (const auto& [option, value] : cycleGanDefaults) EXPECT_EQ(values[option], value) << option;
  EXPECT_EQ(values["lambda_identity"], "0.5");
  for (const char* option : {"n_epochs", "n_epochs_decay", "netG", "no_dropout", "no_antialias", "gan_mode",
                             "beta1", "lr", "init_type", "init_gain"})
    EXPECT_EQ(values[option], referenceDefaults.at(option)) << option;
  for (const char* option : {"lambda_NCE", "lambda_GAN", "nce_layers", "netF", "CUT_mode"})
    EXPECT_FALSE(values.contains(option)) << option << " is no option of CycleGAN";
}

TEST(Defaults, EveryOptionOfTheReferenceIsTaken) {
  for (const auto& [option, value] : referenceDefaults) {
    const Parsed result = parsed({"train", "--dataroot", "D", "--" + option, value});
    EXPECT_TRUE(result.accepted()) << option << ": " << result.err;
  }
  for (const std::string& option : ignoredOptions) {
    TrainOptions options;
    const OptionTable table = trainTable(options);
    ASSERT_NE(table.find(option), nullptr) << option;
    EXPECT_EQ(table.find(option)->role, Role::ignored) << option;
  }
}

TEST(Defaults, NoOptionIsInNoTable) {
  TrainOptions options;
  const OptionTable table = trainTable(options);
  std::vector<std::string> rest;
  for (const auto& row : table.rows())
    if (!referenceDefaults.contains(row.name) && !ownDefaults.contains(row.name)) rest.push_back(row.name);
  std::vector<std::string> expected;
  for (const auto& [option, value] : cycleGanDefaults) expected.push_back(option);
  expected.insert(expected.end(), withoutDefault.begin(), withoutDefault.end());
  expected.insert(expected.end(), ignoredOptions.begin(), ignoredOptions.end());
  EXPECT_THAT(rest, testing::UnorderedElementsAreArray(expected));
}

TEST(Defaults, GivingTheDefaultsChangesNothing) {
  std::vector<std::string> words;
  for (const auto& [option, value] : configuration(TrainOptions())) {
    words.push_back("--" + option);
    words.push_back(value);
  }
  TrainOptions expected;
  expected.dataroot = "D";
  TrainOptions options = trained(words);
  EXPECT_NE(options.command, "");
  options.command.clear();
  EXPECT_EQ(options, expected);
}

TEST(Defaults, OfTheOtherCommandsAreTheReferencesOfItsTest) {
  const Parsed result = parsed({"test", "--dataroot", "D"});
  const auto& options = std::get<TestOptions>(result.line.command);
  EXPECT_EQ(options.loadSize, 256);  // the reference sets it to crop_size when it tests
  EXPECT_EQ(options.cropSize, 256);
  EXPECT_EQ(options.numTest, 50);
  EXPECT_EQ(options.phase, "test");
  EXPECT_EQ(options.resultsDir, "results");
  EXPECT_EQ(options.displayWinsize, 256);
  EXPECT_EQ(options.weights(), "checkpoints/experiment_name/latest_net_G.pth");
  EXPECT_EQ(options.folder(), "results/experiment_name/test_latest");
}

}  // namespace
}  // namespace cut::trainer::test
