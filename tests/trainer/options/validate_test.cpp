// SPDX-License-Identifier: MIT
// Options that do not go together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../data/scratch.hpp"
#include "parsed.hpp"

namespace cut::trainer::test {
namespace {

using testing::HasSubstr;

TEST(Domains, AreNeededOfBothSides) {
  EXPECT_THAT(parsed({"train"}).err,
              HasSubstr("give --dataroot D with trainA and trainB in it, or --dataA PATH"));
  EXPECT_THAT(parsed({"train", "--dataA", "a"}).err, HasSubstr("--dataA and --dataB belong together"));
  EXPECT_TRUE(parsed({"train", "--dataA", "a", "--dataB", "b"}).accepted());
  EXPECT_TRUE(parsed({"train", "--dataroot", "D", "--dataA", "a"}).accepted());
}

TEST(Channels, AreTheSameWhereTheGeneratorGetsItsOwnOutput) {
  EXPECT_THAT(refusal({"--output_nc", "1"}), HasSubstr("expected --input_nc 3, got 1"));
  EXPECT_EQ(trained({"--output_nc", "1", "--lambda_NCE", "0"}).outputNc, 1);
  EXPECT_EQ(trained({"--output_nc", "1", "--input_nc", "1"}).inputNc, 1);
}

TEST(Losses, AreNotAllSwitchedOff) {
  EXPECT_THAT(refusal({"--lambda_GAN", "0", "--lambda_NCE", "0"}), HasSubstr("nothing to learn from"));
  EXPECT_EQ(trained({"--lambda_GAN", "0"}).lambdaGan, 0);
}

TEST(Contrast, RefusesWhatDoesNotGoTogether) {
  const std::pair<std::vector<std::string>, const char*> refused[] = {
      {{"--nce", "monce", "--nce_negatives", "external"}, "external is for --nce patch alone, and monce has"},
      {{"--nce_negatives", "images"}, "expected --batch_size 2 or more, got 1"},
      {{"--nce_negatives", "images", "--batch_size", "2", "--nce_includes_all_negatives_from_minibatch"},
       "has no patches to take"},
      {{"--model", "sincut", "--nce_negatives", "both"}, "both takes patches of other images, and"},
      {{"--model", "sincut", "--CUT_mode", "FastCUT", "--content", "enco", "--nce_idt", "false"},
       "expected a --netG resnet_*, got stylegan2"},
      {{"--content", "enco", "--nce", "qs_attn"}, "leave --nce and --nce_negatives out"},
      {{"--content", "enco", "--nce_negatives", "both"}, "leave --nce and --nce_negatives out"},
      {{"--content", "enco", "--nce_idt"}, "--lambda_identity holds B to its own translation"},
      {{"--content", "enco", "--lambda_GAN", "0"}, "expected --lambda_GAN above 0, got 0"},
      {{"--content", "enco", "--netF", "sample"}, "expected mlp_sample, got sample"},
      {{"--content", "enco", "--nce_layers", "3,7,13"}, "an even number of layers"},
      {{"--content", "enco", "--netD", "stylegan2"}, "expected a --netD other than stylegan2"},
      {{"--ot_eps", "2"}, "--ot_eps: belongs to --nce monce, which is not chosen; leave it out"},
      {{"--nce", "monce", "--lambda_SRC", "2"}, "belongs to --nce src_hdce"},
      {{"--nce_queue_size", "9"}, "belongs to --nce_negatives external or both"},
      {{"--random_ratio", "0"}, "belongs to --content enco"},
      {{"--stop_idt_epochs", "3"}, "belongs to --lambda_identity above 0"},
      {{"--lr", "0", "--lr_D", "1e-4"}, "expected that above 0, got 0"},
      {{"--nce", "simnce"}, "expected patch, monce, src_hdce or qs_attn"},
      {{"--nce_momentum", "1"}, "0 to below 1"},
      {{"--nce_queue_size", "0"}, "1 to 4194304"}};
  for (const auto& [words, part] : refused) EXPECT_THAT(refusal(words), HasSubstr(part));
  EXPECT_EQ(trained({"--nce_negatives", "images", "--batch_size", "2"}).nceNegatives,
            nets::Negatives::images);
}

TEST(Epochs, AreOneOrMoreAndTheFirstIsOneOfThem) {
  EXPECT_THAT(refusal({"--n_epochs", "0", "--n_epochs_decay", "0"}), HasSubstr("1 or more together"));
  EXPECT_THAT(refusal({"--n_epochs", "2", "--n_epochs_decay", "0", "--epoch_count", "3"}),
              HasSubstr("expected at most 2"));
  EXPECT_EQ(trained({"--n_epochs", "0", "--n_epochs_decay", "1"}).nEpochs, 0);
}

TEST(Sizes, LeaveEnoughToCutOut) {
  EXPECT_THAT(refusal({"--load_size", "200"}), HasSubstr("expected at least --crop_size (256)"));
  EXPECT_EQ(trained({"--load_size", "200", "--preprocess", "resize"}).loadSize, 200);
  EXPECT_EQ(trained({"--load_size", "200", "--crop_size", "128"}).cropSize, 128);
}

TEST(Validate, ChecksOptionsThatNoCommandLineMade) {
  TrainOptions options;
  options.dataroot = "D";
  options.validate();
  options.ngf = 100000;
  expectError(ErrorKind::invalidArgument, {"--ngf", "1 to 1024", "'100000'"}, [&] { options.validate(); });
  options = TrainOptions();
  options.dataroot = "D";
  options.nceLayers.clear();
  expectError(ErrorKind::invalidArgument, {"--nce_layers"}, [&] { options.validate(); });
  options = TrainOptions();
  options.dataroot = "D";
  options.lr = std::numeric_limits<double>::quiet_NaN();
  expectError(ErrorKind::invalidArgument, {"--lr"}, [&] { options.validate(); });
}

}  // namespace
}  // namespace cut::trainer::test
