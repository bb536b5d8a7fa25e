// SPDX-License-Identifier: MIT
// translate, test, evaluate, similarity.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "parsed.hpp"

namespace cut::trainer::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Translate, TakesAModelAndTwoPlacesInAnyOrder) {
  for (const auto& words :
       {std::vector<std::string>{"translate", "--model", "m.pt", "in", "out", "--overwrite"},
        std::vector<std::string>{"translate", "--overwrite", "in", "--model=m.pt", "out"}}) {
    const Parsed result = parsed(words);
    ASSERT_TRUE(result.accepted()) << result.err;
    const auto& options = std::get<TranslateOptions>(result.line.command);
    EXPECT_EQ(options.model, "m.pt");
    EXPECT_EQ(options.input, "in");
    EXPECT_EQ(options.output, "out");
    EXPECT_TRUE(options.overwrite);
  }
}

TEST(Translate, TakesWhatStandsBehindTwoDashesForPlaces) {
  const Parsed result = parsed({"translate", "--model", "m.pt", "--", "--overwrite", "-1"});
  ASSERT_TRUE(result.accepted()) << result.err;
  const auto& options = std::get<TranslateOptions>(result.line.command);
  EXPECT_EQ(options.input, "--overwrite");
  EXPECT_EQ(options.output, "-1");
  EXPECT_FALSE(options.overwrite);
  EXPECT_THAT(parsed({"train", "--dataroot", "D", "--", "--no_flip"}).err,
              HasSubstr("unexpected argument '--no_flip'"));
}

TEST(Translate, HandsOnTheEnginesOptions) {
  const Parsed result = parsed({"translate", "--model", "m.pt", "in", "out", "--engine", "cpu", "--device",
                                "cuda:2", "--threads", "3", "--precision", "bf16"});
  const auto& engine = std::get<TranslateOptions>(result.line.command).engine;
  EXPECT_EQ(engine,
            (EngineOptions{.engine = "cpu", .device = "cuda:2", .precision = Precision::bf16, .threads = 3}));
}

TEST(Translate, SaysWhatIsMissing) {
  EXPECT_THAT(parsed({"translate", "in", "out"}).err, HasSubstr("give --model model.pt"));
  EXPECT_THAT(parsed({"translate", "--model", "m.pt", "in"}).err, HasSubstr("expected IN and OUT"));
  EXPECT_THAT(parsed({"translate", "--model", "m.pt", "a", "b", "c"}).err,
              HasSubstr("unexpected argument 'c'"));
  EXPECT_THAT(parsed({"translate", "--precision", "fp8", "a", "b"}).err, HasSubstr("expected auto, fp32"));
}

TEST(Test, TakesTheReferencesCommandLine) {
  const Parsed result =
      parsed({"test", "--dataroot", "D", "--name", "n", "--CUT_mode", "FastCUT", "--phase", "val", "--epoch",
              "20", "--num_test", "7", "--gpu_ids", "-1", "--model", "cut", "--eval"});
  ASSERT_TRUE(result.accepted()) << result.err;
  const auto& options = std::get<TestOptions>(result.line.command);
  EXPECT_EQ(options.weights(), "checkpoints/n/20_net_G.pth");
  EXPECT_EQ(options.folder(), "results/n/val_20");
  EXPECT_EQ(options.engine.device, "cpu");
  EXPECT_EQ(options.numTest, 7);
  EXPECT_THAT(result.line.notices, ElementsAre("--CUT_mode and --eval have no effect here"));
}

TEST(Test, TakesAModelInPlaceOfARun) {
  const Parsed result = parsed({"test", "--dataA", "drive.mp4", "--model", "m.pt", "--preprocess", "none"});
  ASSERT_TRUE(result.accepted()) << result.err;
  EXPECT_EQ(std::get<TestOptions>(result.line.command).weights(), "m.pt");
}

TEST(Test, NeedsOnlyTheDomainThatIsTranslated) {
  EXPECT_TRUE(parsed({"test", "--dataB", "b", "--direction", "BtoA"}).accepted());
  EXPECT_THAT(parsed({"test", "--dataB", "b"}).err, HasSubstr("or --dataA PATH"));
  EXPECT_THAT(parsed({"test"}).err, HasSubstr("give --dataroot D with testA in it"));
  EXPECT_THAT(parsed({"test", "--dataroot", "D", "--model", "pix2pix"}).err,
              HasSubstr("a method that is not here"));
}

TEST(Test, OfASinCutRunTranslatesOneWholeImageUnlessTold) {
  const auto options = [](std::vector<std::string> words) {
    words.insert(words.begin(), {"test", "--dataroot", "D", "--model", "sincut"});
    return std::get<TestOptions>(parsed(words).line.command);
  };
  EXPECT_EQ(options({}).preprocess, "none");
  EXPECT_EQ(options({}).numTest, 1);
  EXPECT_EQ(options({}).weights(), "checkpoints/experiment_name/latest_net_G.pth");
  EXPECT_EQ(options({"--preprocess", "resize", "--num_test", "3"}).preprocess, "resize");
  EXPECT_EQ(options({"--preprocess", "resize", "--num_test", "3"}).numTest, 3);
}

TEST(Evaluate, TakesWhereToLookAndHowToMeasure) {
  const Parsed result = parsed({"evaluate", "--model", "m.pt", "--dataroot", "D", "--max_images", "10",
                                "--features", "f.ts", "--json", "--seed", "3"});
  ASSERT_TRUE(result.accepted()) << result.err;
  const auto& options = std::get<EvaluateOptions>(result.line.command);
  EXPECT_EQ(options.maxImages, 10);
  EXPECT_EQ(options.features, "f.ts");
  EXPECT_TRUE(options.json);
  EXPECT_EQ(options.seed, 3U);
}

TEST(ExifOrientation, IsAskedForInEveryCommand) {
  const std::vector<std::vector<std::string>> lines{{"train", "--dataroot", "D"},
                                                    {"translate", "--model", "m.pt", "in", "out"},
                                                    {"test", "--dataroot", "D"},
                                                    {"evaluate", "--model", "m.pt", "--dataroot", "D"}};
  for (std::vector<std::string> line : lines)
    for (const bool asked : {false, true}) {
      if (asked) line.emplace_back("--exif_orientation");
      const Parsed result = parsed(line);
      ASSERT_TRUE(result.accepted()) << result.err;
      const bool applied = std::visit(
          [](const auto& options) {
            if constexpr (requires { options.exifOrientation; }) return options.exifOrientation;
            return false;
          },
          result.line.command);
      EXPECT_EQ(applied, asked) << line.front();
    }
}

TEST(Evaluate, SaysWhatIsMissing) {
  EXPECT_THAT(parsed({"evaluate", "--dataroot", "D"}).err, HasSubstr("give --model model.pt"));
  EXPECT_THAT(parsed({"evaluate", "--model", "m.pt"}).err, HasSubstr("testA and testB"));
  EXPECT_THAT(parsed({"evaluate", "--model", "m.pt", "--dataB", "b"}).err, HasSubstr("belong together"));
}

TEST(Similarity, TakesPointsAndImages) {
  const Parsed result =
      parsed({"similarity", "--model", "m.pt", "--point", "3,4", "a.png", "--point", "120,80", "b.png",
              "--netF", "f.pth", "--nce_layers", "0,4", "--query", "input", "--scale", "cosine"});
  ASSERT_TRUE(result.accepted()) << result.err;
  const auto& options = std::get<SimilarityOptions>(result.line.command);
  EXPECT_THAT(options.points, ElementsAre(PicturePoint{3, 4}, PicturePoint{120, 80}));
  EXPECT_THAT(options.images, ElementsAre("a.png", "b.png"));
  EXPECT_THAT(options.nceLayers, ElementsAre(0, 4));
  EXPECT_EQ(options.netF, "f.pth");
  EXPECT_EQ(options.query, QuerySide::input);
  EXPECT_EQ(options.scale, SimilarityScale::cosine);
}

TEST(Similarity, SaysWhatIsMissingOrWrong) {
  EXPECT_THAT(parsed({"similarity", "--point", "3,4", "a.png"}).err, HasSubstr("give --model model.pt"));
  EXPECT_THAT(parsed({"similarity", "--model", "m.pt", "a.png"}).err, HasSubstr("give --point X,Y"));
  EXPECT_THAT(parsed({"similarity", "--model", "m.pt", "--point", "3,4"}).err,
              HasSubstr("expected an image"));
  for (const char* point : {"3", "3;4", "-1,4", "3,4,5", "0.5,0.5", "a,b", "3,"})
    EXPECT_THAT(parsed({"similarity", "--model", "m.pt", "--point", point, "a.png"}).err,
                HasSubstr("--point: expected X,Y in pixels of the image"))
        << point;
}

TEST(Similarity, PointsOfThePageArePartsOfTheSides) {
  EXPECT_THAT(trained({"--similarity_points", "0.5,0.25;0,0.9"}).similarityPoints,
              ElementsAre(PicturePoint{0.5, 0.25}, PicturePoint{0, 0.9}));
  EXPECT_THAT(trained({}).similarityPoints, testing::IsEmpty());
  for (const char* points :
       {"0.5", "1,0.5", "0.5,-0.1", "0.5,0.5;", "120,80", "0,0;0,0;0,0;0,0;0,0;0,0;0,0;0,0;0,0"})
    EXPECT_THAT(refusal({"--similarity_points", points}), HasSubstr("--similarity_points: expected X,Y;X,Y"))
        << points;
}

}  // namespace
}  // namespace cut::trainer::test
