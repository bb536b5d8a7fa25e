// Configuration files: what is written is read back, what people write is read, what is wrong is named.
#include "trainer/options/config_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../data/scratch.hpp"
#include "parsed.hpp"
#include "trainer/options/configuration.hpp"

namespace cut::trainer::test {
namespace {

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
  const TrainOptions options =
      trained({"--config", file("; a comment\r\n[train]\r\n  name=street scene   # behind\r\nno_flip\r\n"
                                "nce_layers = [0, 4,\n   8] # two lines\r\nserial_batches = True\n"
                                "dataA = ['a#1', \"b\\u00e9\"]\nattribution = \"\"\n")});
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
      HasSubstr(
          "run.toml, line 2: 'lod_size' is not an option of cut-trainer train; did you mean load_size?"));
  EXPECT_THAT(refusedFile("ngf = 8\nngf = 9\n"), HasSubstr("line 2: ngf is given twice"));
  EXPECT_THAT(refusedFile("[test]\n"), HasSubstr("line 1: the section [test] is not known"));
  EXPECT_THAT(refusedFile("[train\n"), HasSubstr("expected a ]"));
  EXPECT_THAT(refusedFile("name = \"a\n"), HasSubstr("expected a \" at the end"));
  EXPECT_THAT(refusedFile("name = 'a\n"), HasSubstr("expected a ' at the end"));
  EXPECT_THAT(refusedFile("name = \"a\" b\n"), HasSubstr("expected the end of the line"));
  EXPECT_THAT(refusedFile("name = \"\\q\"\n"), HasSubstr("the escape \\q is not known"));
  EXPECT_THAT(refusedFile("name = \"\\u12\"\n"), HasSubstr("expected 4 hexadecimal digits"));
  EXPECT_THAT(refusedFile("name = \"\\ud800\"\n"), HasSubstr("no character has that number"));
  EXPECT_THAT(refusedFile("dataA = [\"a\" \"b\"]\n"), HasSubstr("a comma or a ]"));
  EXPECT_THAT(refusedFile("dataA = [\"a\",\n"), HasSubstr("expected a ] at the end of the array"));
  EXPECT_THAT(refusedFile("name =\n"), HasSubstr("expected a value; an empty text is \"\""));
  EXPECT_THAT(refusedFile("= 3\n"), HasSubstr("expected name = value"));
  EXPECT_THAT(refusedFile("config = \"x\"\n"), HasSubstr("'config' is not an option"));
  EXPECT_THAT(refusedFile("ngf = [8, 9]\n"),
              HasSubstr("--ngf: expected a whole number, 1 to 1024, got '8,9'"));
}

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

TEST(ConfigParser, SurvivesAnyBytes) {
  std::uint32_t state = 1;
  const std::string alphabet = "a=[]\"'\\,#;\n u0\r\x80";
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
