// SPDX-License-Identifier: MIT
// What is wrong is refused in one sentence: what was expected, what came, what to do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "parsed.hpp"

namespace cut::trainer::test {
namespace {

using testing::HasSubstr;

struct Refused {
  std::vector<std::string> words;
  std::string part;
};

void PrintTo(const Refused& refused, std::ostream* out) {
  for (const std::string& word : refused.words) *out << word << ' ';
}

class EachOf : public testing::TestWithParam<Refused> {};

TEST_P(EachOf, IsRefusedInOneSentence) {
  const std::string text = refusal(GetParam().words);
  EXPECT_THAT(text, HasSubstr(GetParam().part));
  EXPECT_TRUE(text.starts_with("cut-trainer: ")) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
}

INSTANTIATE_TEST_SUITE_P(
    MissingHere, EachOf,
    testing::Values(Refused{{"--model", "pix2pix"}, "expected cut, sincut or cycle_gan, got 'pix2pix'"},
                    Refused{{"--netG", "unet_128"}, "no single row of layers for PatchNCE to compare"},
                    Refused{{"--netG", "unet_256"}, "use resnet_9blocks, or --model cycle_gan"},
                    Refused{{"--netG", "resnet_cat"}, "does not work in the reference either"},
                    Refused{{"--netD", "tilestylegan2"},
                            "is the plain stylegan2 in the reference; use stylegan2"},
                    Refused{{"--netD", "patch"}, "basic is the PatchGAN"},
                    Refused{{"--netF", "reshape"}, "use mlp_sample, or sample"},
                    Refused{{"--netF", "global_pool"}, "use mlp_sample, or sample"},
                    Refused{{"--netF", "strided_conv"}, "use mlp_sample, or sample"},
                    Refused{{"--dataset_mode", "aligned"}, "no data set of unpaired images; use unaligned"},
                    Refused{{"--lambda_A", "1"}, "leave it out"},
                    Refused{{"--gan_mode", "l1"}, "expected lsgan, vanilla, nonsaturating, wgangp or hinge"},
                    Refused{{"--init_type", "uniform"}, "expected xavier, normal, kaiming or orthogonal"},
                    Refused{{"--lr_policy", "exponential"}, "expected linear, step, cosine or plateau"},
                    Refused{{"--direction", "atob"}, "expected AtoB or BtoA, got 'atob'"},
                    Refused{{"--preprocess", "foo"}, "--preprocess: expected none, or fixsize"},
                    Refused{{"--precision", "fp16"}, "expected fp32 or bf16"}));

INSTANTIATE_TEST_SUITE_P(
    StyleGan, EachOf,
    testing::Values(
        Refused{{"--model", "sincut", "--input_nc", "1", "--output_nc", "1"},
                "--input_nc: --netG stylegan2 has 3 channels on either side"},
        Refused{{"--netG", "smallstylegan2", "--normG", "batch"}, "has no norm to choose; leave it out"},
        Refused{{"--netG", "stylegan2", "--no_antialias"}, "has blurs of its own; leave it out"},
        Refused{{"--netG", "stylegan2", "--no_dropout", "False"}, "has no dropout; leave it out"},
        Refused{{"--netG", "stylegan2", "--crop_size", "64", "--stylegan2_G_num_downsampling", "5"},
                "expected a larger --crop_size, or fewer"},
        Refused{{"--netG", "stylegan2", "--crop_size", "1024", "--load_size", "1024", "--ngf", "1"},
                "ngf * 512 / crop_size channels; expected more than 1"},
        Refused{{"--model", "sincut", "--crop_size", "60"}, "a power of two from 8 to 1024"},
        Refused{{"--model", "sincut", "--preprocess", "none"},
                "--netD: stylegan2 sees images of one size: expected a --preprocess with crop or patch, got "
                "none"},
        Refused{{"--model", "sincut", "--normD", "batch"}, "--normD: --netD stylegan2 has no norm to choose"},
        Refused{{"--lambda_R1", "-1"}, "--lambda_R1: expected a number"}));

INSTANTIATE_TEST_SUITE_P(
    Augmentations, EachOf,
    testing::Values(Refused{{"--diffaug", "flip"}, "expected color, translation or cutout, got 'flip'"},
                    Refused{{"--diffaug", ""}, "expected color, translation or cutout, got nothing"},
                    Refused{{"--diffaug", "color,"}, "expected color, translation or cutout, got nothing"},
                    Refused{{"--diffaug", "color,cutout,color"}, "each augmentation once"},
                    Refused{{"--diffaug", "colour"}, "is spelled color"},
                    Refused{{"--diffaug", "none,color"}, "stands alone"},
                    Refused{{"--content", "enco", "--diffaug", "color,translation"},
                            "about each place, which translation moves or hides; expected color or none, got "
                            "color,translation"},
                    Refused{{"--content", "enco", "--diffaug", "cutout"}, "which cutout moves or hides"}));

TEST(Augmentations, AreTakenInTheirOrder) {
  const AugmentationPolicy policy{Augmentation::translation, Augmentation::cutout, Augmentation::color};
  EXPECT_EQ(trained({"--diffaug", "translation,cutout,color"}).diffAugment, policy);
  EXPECT_EQ(trained({"--diffaug", "color", "--diffaug", "none"}).diffAugment, AugmentationPolicy());
  EXPECT_EQ(trained({"--content", "enco", "--diffaug", "color"}).diffAugment,
            AugmentationPolicy{Augmentation::color});
}

INSTANTIATE_TEST_SUITE_P(
    Numbers, EachOf,
    testing::Values(Refused{{"--lr", "nan"}, "--lr: expected a number, 0 to 10, got 'nan'"},
                    Refused{{"--lr", "inf"}, "0 to 10"}, Refused{{"--lr", "-0.1"}, "0 to 10"},
                    Refused{{"--lr", "1e-4x"}, "got '1e-4x'"}, Refused{{"--lr", ""}, "got nothing"},
                    Refused{{"--beta1", "1"}, "0 to below 1"}, Refused{{"--ema", "1"}, "0 to below 1"},
                    Refused{{"--nce_T", "0"}, "0.001 to 1000"}, Refused{{"--ngf", "0"}, "1 to 1024, got '0'"},
                    Refused{{"--ngf", "64.0"}, "a whole number"},
                    Refused{{"--ngf", "0x40"}, "a whole number"}, Refused{{"--ngf", "++4"}, "a whole number"},
                    Refused{{"--ngf", "99999999999999999999999999"}, "1 to 1024"},
                    Refused{{"--crop_size", "3"}, "4 to 16384"}, Refused{{"--batch_size", "-1"}, "1 to 1024"},
                    Refused{{"--n_epochs", "2147483648"}, "0 to 1000000"},
                    Refused{{"--save_latest_freq", "0"}, "1 to 1000000000"},
                    Refused{{"--seed", "-1"}, "0 to 18446744073709551615"},
                    Refused{{"--seed", "18446744073709551616"}, "0 to 18446744073709551615"},
                    Refused{{"--input_nc", "2"}, "expected 3 or 1, got '2'"},
                    Refused{{"--nce_layers", ""}, "with commas between them, got nothing"},
                    Refused{{"--nce_layers", "0,,4"}, "with commas between them"},
                    Refused{{"--nce_layers", "0,4,"}, "with commas between them"},
                    Refused{{"--nce_layers", "0,-2"}, "-1 to 1000"},
                    Refused{{"--nce_layers", "4,0,4"}, "each layer once"}));

INSTANTIATE_TEST_SUITE_P(
    Words, EachOf,
    testing::Values(Refused{{"--lamda_NCE", "3"},
                            "unknown option '--lamda_NCE' of cut-trainer train; did you mean --lambda_NCE?"},
                    Refused{{"--load-size=3"},
                            "unknown option '--load-size' of cut-trainer train; did you mean --load_size?"},
                    Refused{{"--continue"}, "did you mean --continue_train?"},
                    Refused{{"-gpu_ids", "3"}, "did you mean --gpu_ids?"},
                    Refused{{"--license", "MIT"}, "did you mean --licence?"},
                    Refused{{"--qqqqqqqq"}, "cut-trainer train --help lists them"},
                    Refused{{"-x"}, "unknown option '-x'"},
                    Refused{{std::string(100000, 'x')}, "unexpected argument"},
                    Refused{{"--" + std::string(100000, 'x')}, "unknown option"},
                    Refused{{"--a\nb"}, "unknown option '--a\\x0ab'"},
                    Refused{{"more"}, "unexpected argument 'more'"},
                    Refused{{"--name", "--ngf"}, "--name: expected a value, got the option --ngf"},
                    Refused{{"--name"}, "--name: expected a value behind it, got nothing"},
                    Refused{{"--name="}, "--name: expected a value behind the =, got nothing"},
                    Refused{{"--name", ""}, "--name: expected the name of a folder"},
                    Refused{{"--name", "."}, "expected the name of a folder"},
                    Refused{{"--name", "../up"}, "expected the name of a folder"},
                    Refused{{"--name", "/etc"}, "expected the name of a folder"},
                    Refused{{"--name", "a\nb"}, "expected text without control characters, got 'a\\x0ab'"},
                    Refused{{"--checkpoints_dir", ""}, "expected a path, got nothing"},
                    Refused{{"--epoch", "last"}, "expected latest, an epoch's number, or iter_N"},
                    Refused{{"--device", "tpu"}, "expected auto, cpu or cuda:N"},
                    Refused{{"--device", "cuda:"}, "expected auto, cpu or cuda:N"}));

Refused ofCycleGan(const std::string& option, const std::string& value) {
  return {{"--model", "cycle_gan", option, value},
          option + ": belongs to --model cut or sincut, and cycle_gan has no use for it; leave it out"};
}

INSTANTIATE_TEST_SUITE_P(
    Methods, EachOf,
    testing::Values(
        ofCycleGan("--lambda_NCE", "1"), ofCycleGan("--lambda_GAN", "1"), ofCycleGan("--nce_idt", "false"),
        ofCycleGan("--nce_layers", "0,4"), ofCycleGan("--CUT_mode", "FastCUT"),
        ofCycleGan("--flip_equivariance", "true"), ofCycleGan("--netF", "sample"),
        ofCycleGan("--similarity_points", "0.5,0.5"), ofCycleGan("--warmup_steps", "5"),
        ofCycleGan("--lambda_colour", "1"), ofCycleGan("--diffaug", "color"),
        Refused{{"--lambda_B", "10"}, "--lambda_B: belongs to --model cycle_gan, and cut has no use for it"},
        Refused{{"--model", "cycle_gan", "--gan_mode", "wgangp"},
                "use lsgan, vanilla, nonsaturating or hinge"},
        Refused{{"--model", "cycle_gan", "--output_nc", "1"},
                "expected --input_nc 1 as --output_nc, or --lambda_identity 0, got 3"},
        Refused{{"--model", "cycle_gan", "--netG", "unet_256", "--crop_size", "128"},
                "--crop_size: expected a multiple of 256 with --netG unet_256, got '128'"},
        Refused{{"--model", "cycle_gan", "--netG", "unet_128", "--crop_size", "200"}, "a multiple of 128"},
        Refused{{"--model", "cycle_gan", "--netG", "unet_256", "--no_antialias_up"},
                "transposed convolutions"},
        Refused{{"--netG", "stylegan2", "--crop_size", "60", "--load_size", "64", "--nce_layers", "0,2",
                 "--stylegan2_G_num_downsampling", "3"},
                "a multiple of 8 with --netG stylegan2, got '60'"}));

TEST(CycleGan, TakesWhatItsNetworksCanDo) {
  EXPECT_EQ(trained({"--model", "cycle_gan", "--netG", "unet_128", "--crop_size", "128"}).netG,
            NetG::unet128);
  EXPECT_EQ(trained({"--model", "cycle_gan", "--output_nc", "1", "--lambda_identity", "0"}).outputNc, 1);
  EXPECT_EQ(trained({"--model", "cycle_gan", "--pool_size", "0"}).poolSize, 0);
}

TEST(FirstWord, IsACommand) {
  EXPECT_THAT(parsed({}).err,
              HasSubstr("expected a command, train, translate, test, evaluate, compare or similarity"));
  EXPECT_THAT(parsed({"trian"}).err, HasSubstr("got 'trian'; did you mean train?"));
  EXPECT_THAT(parsed({"--dataroot", "D"}).err, HasSubstr("got '--dataroot'; options stand behind it"));
  EXPECT_EQ(parsed({""}).status(), 2);
}

}  // namespace
}  // namespace cut::trainer::test
