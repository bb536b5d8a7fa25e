// SPDX-License-Identifier: MIT
// compare: its list of methods, what goes to which of them, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../data/scratch.hpp"
#include "parsed.hpp"

namespace cut::trainer::test {
namespace {

using testing::HasSubstr;

std::vector<std::string> withMinutes(const std::vector<std::string>& words) {
  std::vector<std::string> all{"compare", "--dataroot", "D", "--max_minutes", "5"};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

CompareOptions compared(const std::vector<std::string>& words) {
  const Parsed result = parsed(withMinutes(words));
  EXPECT_EQ(result.err, "");
  if (const auto* options = std::get_if<CompareOptions>(&result.line.command)) return *options;
  ADD_FAILURE() << "no options of compare";
  return {};
}

std::string refused(const std::vector<std::string>& words) {
  const Parsed result = parsed(withMinutes(words));
  EXPECT_EQ(result.status(), 2);
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  return result.err;
}

TEST(Compare, EachMethodHasItsPresetAndARunOfItsName) {
  const CompareOptions options =
      compared({"--methods", "cut,fastcut,cycle_gan", "--name", "three", "--ngf", "8"});
  ASSERT_EQ(options.methods.size(), 3U);
  EXPECT_EQ(options.methods[0].options.cutMode, CutMode::cut);
  EXPECT_EQ(options.methods[1].options.lambdaNce, 10);
  EXPECT_EQ(options.methods[2].options.model, MethodName::cycleGan);
  EXPECT_EQ(options.methods[2].options.folder(), std::filesystem::path("checkpoints/three/cycle_gan"));
  for (const ComparedMethod& method : options.methods) {
    EXPECT_EQ(method.options.ngf, 8);
    EXPECT_EQ(method.options.dataroot, "D");
  }
  EXPECT_EQ(options.maxMinutes, 5);
}

TEST(Compare, ArgumentsOfAMethodMakeItsOptions) {
  for (const ComparedMethod& method :
       compared({"--methods", "cut,cycle_gan", "--lambda_NCE", "2", "--pool_size", "7", "--no_flip"})
           .methods) {
    std::vector<std::string> words{"train"};
    words.insert(words.end(), method.arguments.begin(), method.arguments.end());
    const Parsed result = parsed(words);
    ASSERT_TRUE(result.accepted()) << result.err;
    TrainOptions options = std::get<TrainOptions>(result.line.command);
    options.command = method.options.command;
    options.name = method.options.name;
    EXPECT_EQ(options, method.options);
  }
}

TEST(Compare, AnOptionGoesToThoseThatKnowIt) {
  const CompareOptions options =
      compared({"--methods", "cut,cycle_gan", "--lambda_NCE", "2", "--lambda_A", "3"});
  EXPECT_EQ(options.methods[0].options.lambdaNce, 2);
  EXPECT_EQ(options.methods[1].options.lambdaA, 3);
  EXPECT_THAT(refused({"--methods", "cut,fastcut", "--lambda_A", "3"}),
              HasSubstr("--lambda_A: none of the methods cut,fastcut knows it; leave it out"));
}

TEST(Compare, AFileIsAMethodAndCountsMoreThanWhatAllAreGiven) {
  const Scratch scratch;
  const std::string file =
      scratch.writeBytes("no_identity.toml", "CUT_mode = \"FastCUT\"\nnce_T = 0.2\n").string();
  const CompareOptions options = compared({"--methods", "cut," + file, "--nce_T", "0.1", "--ndf", "16"});
  ASSERT_EQ(options.methods.size(), 2U);
  EXPECT_EQ(options.methods[1].name, "no_identity");
  EXPECT_EQ(options.methods[1].options.cutMode, CutMode::fastCut);
  EXPECT_EQ(options.methods[1].options.nceT, 0.2);
  EXPECT_EQ(options.methods[1].options.ndf, 16);
  EXPECT_EQ(options.methods[0].options.nceT, 0.1);
}

TEST(Compare, WhatWouldNotBeEqualTermsIsRefusedInAFile) {
  const Scratch scratch;
  const auto file = [&](const std::string& text) { return scratch.writeBytes("mine.toml", text).string(); };
  EXPECT_THAT(
      refused({"--methods", "cut," + file("ngf = 4\ncrop_size = 64\n")}),
      HasSubstr("mine.toml, line 2: crop_size is the same for all methods of a comparison; give it on the "
                "command line"));
  EXPECT_THAT(refused({"--methods", "cut," + file("continue_train = true\n")}), HasSubstr("leave it out"));
  EXPECT_THAT(refused({"--methods", "cut," + file("model = \"sincut\"\n")}),
              HasSubstr("is sincut, whose domains are one image each"));
  EXPECT_THAT(refused({"--methods", "cut," + file("lambda_a = 1\n")}), HasSubstr("did you mean lambda_A?"));
  EXPECT_THAT(refused({"--methods", "cut," + file("model = \"cycle_gan\"\nnce_T = 1\n")}),
              HasSubstr("mine.toml, line 2: --nce_T: belongs to --model cut"));
  EXPECT_THAT(refused({"--methods", "cut,missing.toml"}), HasSubstr("there is no file missing.toml"));
}

TEST(Compare, BadListsAreRefused) {
  EXPECT_THAT(refused({}), HasSubstr("--methods: nothing says what is compared"));
  EXPECT_THAT(refused({"--methods", "cut"}),
              HasSubstr("expected two methods or more, as cut,fastcut,cycle_gan"));
  EXPECT_THAT(refused({"--methods", "cut,cut"}), HasSubstr("'cut' is there twice"));
  EXPECT_THAT(refused({"--methods", "cut,fastcat"}), HasSubstr("got 'fastcat'; did you mean fastcut?"));
  EXPECT_THAT(
      refused({"--methods", "cut,,fastcut"}),
      HasSubstr("expected cut, fastcut, cycle_gan and files FILE.toml with commas between them, got ''"));
}

TEST(Compare, WhatAComparisonDecidesIsRefused) {
  for (const char* option :
       {"--model", "--CUT_mode", "--config", "--suffix", "--pretrained_name", "--max_hours"})
    EXPECT_THAT(refused({"--methods", "cut,fastcut", option, "1"}), HasSubstr(std::string(option) + ": "));
  EXPECT_THAT(refused({"--methods", "cut,fastcut", "--continue_train"}), HasSubstr("goes on; leave it out"));
  EXPECT_THAT(refused({"--methods", "cut,fastcut", "--testA", "a"}), HasSubstr("belong together"));
  EXPECT_THAT(refused({"--methods", "cut,fastcut", "--max_steps", "3"}),
              HasSubstr("--evaluations: expected at most --max_steps (3), got '4'"));
  EXPECT_THAT(refused({"--methods", "cut,fastcut", "--crop_siez", "1"}),
              HasSubstr("did you mean --crop_size?"));
  EXPECT_THAT(parsed({"compare", "--dataroot", "D", "--methods", "cut,fastcut"}).err,
              HasSubstr("give --max_minutes M"));
  EXPECT_THAT(
      parsed({"compare", "--dataA", "a", "--dataB", "b", "--methods", "cut,fastcut", "--max_steps", "9"}).err,
      HasSubstr("give --testA PATH and --testB PATH"));
}

TEST(Compare, HelpHasItsOwnOptionsAndNamesThoseOfTrain) {
  const std::string help = parsed({"compare", "--help"}).out;
  for (const char* word :
       {"--methods LIST", "--max_minutes", "--evaluations", "--testA", "cut-trainer train --help"})
    EXPECT_THAT(help, HasSubstr(word));
  EXPECT_THAT(help, testing::Not(HasSubstr("--lambda_NCE")));
}

}  // namespace
}  // namespace cut::trainer::test
