// SPDX-License-Identifier: MIT
// Configuration files: what is written is read back, what people write is read, what is wrong is named.
#include "trainer/options/configuration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../data/scratch.hpp"
#include "parsed.hpp"

namespace cut::trainer::test {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;

class Config : public testing::Test {
 protected:
  std::string file(const std::string& text) const { return scratch_.writeBytes("run.toml", text).string(); }

  TrainOptions readBack(const TrainOptions& options) const {
    const Parsed result = parsed({"train", "--config", file(configText(options))});
    EXPECT_EQ(result.err, "");
    EXPECT_THAT(result.line.notices, testing::IsEmpty());
    if (!result.accepted()) return {};
    auto read = std::get<TrainOptions>(result.line.command);
    read.command = options.command;
    read.dryRun = options.dryRun;
    return read;
  }

  std::string refusedFile(const std::string& text) const { return refusal({"--config", file(text)}); }

 private:
  Scratch scratch_;
};

TEST_F(Config, WrittenWithTheDefaultsOfEitherPresetIsReadBack) {
  for (const char* mode : {"CUT", "FastCUT"}) {
    const TrainOptions options = trained({"--CUT_mode", mode});
    EXPECT_EQ(readBack(options), options);
  }
}

TEST_F(Config, OfAnotherMethodLeavesOutWhatThatDoesNotKnow) {
  const TrainOptions options = trained({"--model", "cycle_gan", "--lambda_A", "5", "--netG", "unet_128"});
  EXPECT_EQ(readBack(options), options);
}

TEST_F(Config, WrittenWithEveryOptionAnotherIsReadBack) {
  const TrainOptions options = trained({"--CUT_mode",
                                        "FastCUT",
                                        "--name",
                                        "a b#c",
                                        "--checkpoints_dir",
                                        "x'y\"z\\",
                                        "--dataA",
                                        "a,b",
                                        "--dataA",
                                        "[c]",
                                        "--dataB",
                                        "d e",
                                        "--phase",
                                        "val",
                                        "--direction",
                                        "BtoA",
                                        "--max_dataset_size",
                                        "7",
                                        "--lambda_GAN",
                                        "0.1",
                                        "--lambda_NCE",
                                        "0.30000000000000004",
                                        "--nce_idt",
                                        "--lambda_identity",
                                        "1e-7",
                                        "--lambda_self",
                                        "0.5",
                                        "--lambda_colour",
                                        "0.25",
                                        "--colour_target",
                                        "B",
                                        "--colour_scale_D",
                                        "8",
                                        "--flip_equivariance",
                                        "no",
                                        "--gan_mode",
                                        "hinge",
                                        "--diffaug",
                                        "cutout,color",
                                        "--lambda_gp",
                                        "3",
                                        "--nce_layers",
                                        "4,8",
                                        "--nce_T",
                                        "0.1",
                                        "--num_patches",
                                        "64",
                                        "--nce_includes_all_negatives_from_minibatch",
                                        "--netF",
                                        "sample",
                                        "--netF_nc",
                                        "8",
                                        "--netG",
                                        "resnet_6blocks",
                                        "--netD",
                                        "n_layers",
                                        "--n_layers_D",
                                        "2",
                                        "--ngf",
                                        "8",
                                        "--ndf",
                                        "9",
                                        "--normG",
                                        "none",
                                        "--normD",
                                        "batch",
                                        "--init_type",
                                        "kaiming",
                                        "--init_gain",
                                        "1",
                                        "--no_dropout",
                                        "0",
                                        "--no_antialias",
                                        "--no_antialias_up",
                                        "--preprocess",
                                        "scale_width_and_crop",
                                        "--load_size",
                                        "320",
                                        "--load_height",
                                        "240",
                                        "--crop_size",
                                        "128",
                                        "--random_scale_max",
                                        "2",
                                        "--no_flip",
                                        "--serial_batches",
                                        "--batch_size",
                                        "2",
                                        "--n_epochs",
                                        "1",
                                        "--n_epochs_decay",
                                        "2",
                                        "--lr",
                                        "0.001",
                                        "--beta1",
                                        "0",
                                        "--beta2",
                                        "0.99",
                                        "--lr_policy",
                                        "step",
                                        "--lr_decay_iters",
                                        "3",
                                        "--warmup_steps",
                                        "5",
                                        "--ema",
                                        "0.999",
                                        "--max_hours",
                                        "0.5",
                                        "--max_steps",
                                        "9",
                                        "--seed",
                                        "18446744073709551615",
                                        "--device",
                                        "cuda:1",
                                        "--threads",
                                        "2",
                                        "--num_threads",
                                        "0",
                                        "--precision",
                                        "bf16",
                                        "--continue_train",
                                        "--epoch",
                                        "iter_5",
                                        "--epoch_count",
                                        "2",
                                        "--save_latest_freq",
                                        "11",
                                        "--save_epoch_freq",
                                        "12",
                                        "--save_by_iter",
                                        "--print_freq",
                                        "13",
                                        "--display_freq",
                                        "14",
                                        "--update_html_freq",
                                        "15",
                                        "--no_html",
                                        "--similarity_points",
                                        "0.1,0.2;0.30000000000000004,0",
                                        "--licence",
                                        "CC-BY-4.0",
                                        "--attribution",
                                        "line 1\nline \"2\" \\ # 'x'\t\x01\xc3\xa9",
                                        "--reference_quirks",
                                        "--dry_run"});
  EXPECT_EQ(readBack(options), options);
}

TEST_F(Config, CountsLessThanTheCommandLine) {
  const std::string path = file("ngf = 8\nndf = 16\ndataA = \"a\"\ndevice = \"auto\"\n");
  const TrainOptions options = trained({"--ngf", "32", "--config", path, "--dataA", "b", "--gpu_ids", "-1"});
  EXPECT_EQ(options.ngf, 32);
  EXPECT_EQ(options.ndf, 16);
  EXPECT_EQ(options.dataA, std::vector<std::filesystem::path>{"b"});
  EXPECT_EQ(options.device, "cpu");
}

TEST_F(Config, IsWhatAModelsOriginSaysOfIt) {
  const TrainOptions options =
      trained({"--ngf", "32", "--config", file("ngf = 8\nname = \"a street\"\nndf = 16\n")});
  EXPECT_THAT(options.command, EndsWith("  # in the file: --name='a street' --ndf=16"));
}

TEST_F(Config, OverridesThePresetThatTheCommandLineNames) {
  const TrainOptions options = trained({"--CUT_mode", "FastCUT", "--config", file("n_epochs = 7\n")});
  EXPECT_EQ(options.nEpochs, 7);
  EXPECT_EQ(options.nEpochsDecay, 50);
}

TEST_F(Config, IsReadAsPeopleWriteIt) {
  const TrainOptions options = trained(
      {"--config", file("# a comment\r\nlr = 1e-3\r\nmax_hours = 2\n[train]\r\n"
                        "  name='street scene'   # behind\r\nno_flip=true\r\n"
                        "nce_layers = [0, 4,\n   8] # two lines\r\nserial_batches = true\n"
                        "dataA = ['a#1', \"b\\u00e9\"]\nattribution = \"\"\nmax_dataset_size = inf\n")});
  EXPECT_EQ(options.lr, 1e-3);
  EXPECT_EQ(options.maxHours, 2);
  EXPECT_EQ(options.maxDatasetSize, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(options.name, "street scene");
  EXPECT_TRUE(options.noFlip);
  EXPECT_TRUE(options.serialBatches);
  EXPECT_EQ(options.nceLayers, (std::vector<std::int64_t>{0, 4, 8}));
  EXPECT_EQ(options.dataA, (std::vector<std::filesystem::path>{"a#1", "b\xc3\xa9"}));
  EXPECT_EQ(options.attribution, "");
}

TEST_F(Config, NamesTheLineThatIsWrong) {
  EXPECT_THAT(
      refusedFile("ngf = 8\nlod_size = 3\n"),
      HasSubstr("run.toml, line 2: unknown option 'lod_size' of cut-trainer train; did you mean load_size?"));
  EXPECT_THAT(refusedFile("ngf = 8\nngf = 9\n"), AllOf(HasSubstr("run.toml, line 2: "), HasSubstr("'ngf'")));
  EXPECT_THAT(refusedFile("ngf = 8\n[train]\nngf = 9\n"), HasSubstr("line 3: ngf is given twice"));
  EXPECT_THAT(refusedFile("[test]\n"), HasSubstr("line 1: unknown table [test]; expected [train]"));
  EXPECT_THAT(refusedFile("config = \"x\"\n"), HasSubstr("unknown option 'config'"));
  EXPECT_THAT(refusedFile("ngf = 8\nlr = 1\nlod_size = 1\nnfg = 1\n"),
              HasSubstr("line 3: unknown option 'lod_size'"));
}

TEST_F(Config, NamesTheLineAndTheOptionOfAWrongValue) {
  EXPECT_THAT(refusedFile("# sizes\nngf = [8, 9]\n"),
              HasSubstr("run.toml, line 2: --ngf: expected a whole number, 1 to 1024, got '8,9'"));
  EXPECT_THAT(refusedFile("[train]\nngf = 0.5\n"),
              HasSubstr("run.toml, line 2: --ngf: expected a whole number, 1 to 1024, got '0.5'"));
  EXPECT_THAT(refusedFile("no_flip = 2\n"), HasSubstr("run.toml, line 1: --no_flip: expected true or false"));
  EXPECT_THAT(refusedFile("lr = nan\n"), HasSubstr("line 1: --lr: expected a number, 0 to 10, got 'nan'"));
  EXPECT_THAT(refusedFile("CUT_mode = \"SlowCUT\"\n"),
              HasSubstr("line 1: --CUT_mode: expected CUT or FastCUT"));
  EXPECT_THAT(refusedFile("name = 2026-12-01\n"), HasSubstr("line 1: name: expected a text, a number"));
  EXPECT_THAT(refusedFile("nce_layers = [[0], [4]]\n"), HasSubstr("got an array in an array"));
  EXPECT_THAT(refusedFile("dataA = [{ x = 1 }]\n"), HasSubstr("got a table"));
}

class NoToml : public Config, public testing::WithParamInterface<const char*> {};

TEST_P(NoToml, IsRefusedWithItsLineAndWhatTomlLooksLike) {
  EXPECT_THAT(refusedFile("ngf = 8\n" + std::string(GetParam()) + "\n"),
              AllOf(HasSubstr("run.toml, line 2: "), HasSubstr("expected TOML, as in name = \"street\"")));
}

INSTANTIATE_TEST_SUITE_P(ConfigFiles, NoToml,
                         testing::Values("[train", "name = \"a", "name = 'a", "name = \"a\" b",
                                         "name = \"\\q\"", "name = \"\\u12\"", "name = \"\\ud800\"",
                                         "dataA = [\"a\" \"b\"]", "dataA = [\"a\",", "name =", "= 3",
                                         "no_flip", "name = street scene", "serial_batches = True",
                                         "; a comment", "name = \"\x80\"", "seed = 18446744073709551615"));

TEST_F(Config, ThatCannotBeReadIsNamed) {
  EXPECT_THAT(refusal({"--config", file("") + ".not"}), HasSubstr("--config: there is no file"));
  EXPECT_THAT(refusal({"--config", "."}), HasSubstr("cannot be read"));
  EXPECT_THAT(refusedFile(std::string(2 << 20, '#')), HasSubstr("larger than 1 MiB"));
}

TEST_F(Config, OfNothingIsTheDefaults) {
  TrainOptions options = trained({"--config", file("")});
  options.command.clear();
  TrainOptions expected;
  expected.dataroot = "D";
  EXPECT_EQ(options, expected);
}

TEST(ConfigText, LeavesOutHowTheRunWasStarted) {
  TrainOptions options;
  options.dryRun = true;
  options.command = "cut-trainer train";
  EXPECT_THAT(configText(options), testing::Not(HasSubstr("dry_run")));
  EXPECT_THAT(configText(options), testing::Not(HasSubstr("cut-trainer train\n")));
}

TEST(ConfigParser, RefusesWhatIsNestedWithoutEnd) {
  for (const char* nested : {"[", "{a="})
    EXPECT_THROW(
        {
          std::string text = "a = ";
          for (int i = 0; i < 100000; ++i) text += nested;
          parseConfig(text, "x");
        },
        Error);
}

TEST(ConfigParser, SurvivesAnyBytes) {
  std::uint32_t state = 1;
  const std::string alphabet = "a=[]{}\"'\\,#.\n u0\r\x80";
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (int i = 0; i < 24; ++i) {
      state = state * 1664525 + 1013904223;
      text += alphabet[(state >> 16) % alphabet.size()];
    }
    try {
      for (const ConfigSetting& setting : parseConfig(text, "x")) EXPECT_FALSE(setting.name.empty()) << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::wrongFile) << text;
    }
  }
}

}  // namespace
}  // namespace cut::trainer::test
