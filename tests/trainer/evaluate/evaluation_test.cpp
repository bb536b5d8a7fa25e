// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "evaluation_fixture.hpp"
#include "trainer/evaluate/evaluation.hpp"

namespace cut::trainer::test {
namespace {

namespace fs = std::filesystem;

TEST_F(Evaluate, ScoresHeldOutImagesWithIdentityAndHalvesOfB) {
  const EvaluationResult result = run();
  EXPECT_EQ(result.imagesA, 5);
  EXPECT_EQ(result.imagesB, 5);
  EXPECT_THAT(result.levelSides, testing::ElementsAre(256, 128, 64, 32, 16));
  EXPECT_GT(result.distance.translated.mean, 0);
  EXPECT_GT(result.distance.untranslated.mean, result.distance.halves.mean);
  EXPECT_LT(result.translated.structure, 1);
  EXPECT_FALSE(result.featureScores);
}

TEST_F(Evaluate, ScoresTheColourTransferAsARival) {
  const EvaluationResult result = run();
  EXPECT_LT(result.distance.colourTransfer.colour, result.distance.untranslated.colour);
  EXPECT_EQ(result.distance.colourTransfer.levels.size(), 5U);
  EXPECT_LT(result.colourTransfer.structure, 1);
}

// Of domains with the same colours: what was translated and what was recoloured are kept apart.
TEST_F(Evaluate, ColourTransferBetweenEqualDomainsDoesNothing) {
  for (int i = 0; i < 5; ++i) {
    const std::string name = std::to_string(i) + ".png";
    fs::copy_file(scratch_.path("data/testA/" + name), scratch_.path("data/testB/" + name),
                  fs::copy_options::overwrite_existing);
  }
  const EvaluationResult result = run();
  EXPECT_NEAR(result.distance.colourTransfer.mean, result.distance.untranslated.mean, 1e-9);
  EXPECT_NEAR(result.distance.colourTransfer.colour, result.distance.untranslated.colour, 1e-9);
  EXPECT_NEAR(result.colourTransfer.structure, 1, 1e-9);
  EXPECT_NEAR(result.colourTransfer.worstBorder, 0, 1e-9);
  EXPECT_LT(result.translated.structure, 0.9);
}

// A is read twice.
TEST_F(Evaluate, UnreadableImagesOfAAreNamedOnce) {
  scratch_.writeBytes("data/testA/broken.png", "no image");
  const EvaluationResult result = run();
  EXPECT_THAT(result.skipped, testing::ElementsAre(testing::HasSubstr("broken.png")));
  EXPECT_EQ(result.imagesA, 5);
}

TEST_F(Evaluate, IsDeterministicForASeedAndDiffersForAnother) {
  const EvaluationResult first = run();
  const EvaluationResult again = run();
  options_.seed = 5;
  const EvaluationResult other = run();
  EXPECT_EQ(first.distance.translated.levels, again.distance.translated.levels);
  EXPECT_EQ(first.distance.colourTransfer.levels, again.distance.colourTransfer.levels);
  EXPECT_EQ(first.distance.halves.mean, again.distance.halves.mean);
  EXPECT_NE(first.distance.translated.mean, other.distance.translated.mean);
}

TEST_F(Evaluate, ComparesAllImagesOrEvenlySpacedOnes) {
  options_.maxImages = 4;
  EXPECT_EQ(run().imagesA, 4);
}

TEST_F(Evaluate, DirectionBtoAExchangesTheDomains) {
  scratch_.writeFlat("data/testB/6.png", 7, 64, 72);
  options_.direction = Direction::bToA;
  const EvaluationResult result = run();
  EXPECT_EQ(result.imagesA, 6);
  EXPECT_EQ(result.imagesB, 5);
}

TEST_F(Evaluate, UnreadableImagesAreNamedAndCounted) {
  scratch_.writeBytes("data/testB/broken.png", "no image");
  const EvaluationResult result = run();
  ASSERT_EQ(result.skipped.size(), 1U);
  EXPECT_THAT(result.skipped.front(), testing::HasSubstr("broken.png"));
  EXPECT_EQ(result.imagesB, 5);
}

TEST_F(Evaluate, ExifOrientationIsAppliedOnRequest) {
  for (int i = 0; i < 5; ++i)
    scratch_.writeTurned("data/testA/" + std::to_string(i) + ".jpg", gradient(80 + i, 64), 6);
  const EvaluationResult stored = run();
  options_.exifOrientation = true;
  EXPECT_NE(run().distance.translated.mean, stored.distance.translated.mean);
}

TEST_F(Evaluate, TooFewImagesThrow) {
  fs::remove(scratch_.path("data/testB/0.png"));
  fs::remove(scratch_.path("data/testB/1.png"));
  expectError(ErrorKind::wrongFile, {"domain B", "at least 4", "found 3"}, [&] { run(); });
}

TEST_F(Evaluate, MissingInputsAreNamed) {
  fs::remove_all(scratch_.path("data/testB"));
  expectError(ErrorKind::notFound, {"testB", "valB", "testA"}, [&] { run(); });
  options_.model = scratch_.path("none.pt");
  expectError(ErrorKind::notFound, {"none.pt"}, [&] { run(); });
}

TEST_F(Evaluate, PrintsATableAndJson) {
  const EvaluationResult result = run();
  std::ostringstream table, json;
  printTable(result, table);
  printJson(result, json);
  EXPECT_THAT(
      table.str(),
      testing::AllOf(testing::HasSubstr("sliced Wasserstein, 256 px"), testing::HasSubstr("A to B"),
                     testing::HasSubstr("colour transfer to B"), testing::HasSubstr("structure kept")));
  const auto read = nlohmann::json::parse(json.str());
  EXPECT_EQ(read["sliced_wasserstein"]["translated"]["mean"], result.distance.translated.mean);
  const auto& rival = read["sliced_wasserstein"]["colour_transfer"];
  EXPECT_EQ(rival["levels"]["256"], result.distance.colourTransfer.levels[0]);
  EXPECT_EQ(rival["colour"], result.distance.colourTransfer.colour);
  EXPECT_EQ(read["sliced_wasserstein"]["halves_of_b"]["levels"].size(), 5U);
  EXPECT_EQ(read["structure"], result.translated.structure);
  EXPECT_EQ(read["worst_border"], result.translated.worstBorder);
  EXPECT_EQ(read["colour_transfer"]["structure"], result.colourTransfer.structure);
  EXPECT_EQ(read["colour_transfer"]["worst_border"], result.colourTransfer.worstBorder);
  ASSERT_TRUE(result.colourTransfer.blotches.has_value() || read["colour_transfer"]["blotches"].is_null());
  EXPECT_EQ(read["images_b"], 5);
  EXPECT_FALSE(read.contains("features"));
}

TEST_F(Evaluate, TableShowsTheColourTransferInEveryRow) {
  EvaluationResult result = run();
  result.distance.colourTransfer.colour = 12.345;
  result.translated = {.structure = 0.5, .blotches = 1.25, .worstBorder = -2};
  result.colourTransfer = {.structure = 0.75, .blotches = {}, .worstBorder = 3.5};
  std::ostringstream table;
  printTable(result, table);
  for (const char* row :
       {"lower is nearer +G.A. to B +colour transfer to B +A to B +B to B\n",
        "colour, grey levels +[0-9.]+ +12.3[45] +[0-9.]+ +[0-9.]+\n",
        "what becomes of A +G.A. +colour transfer to B +A itself\n", "structure kept +0.500 +0.750 +1.000\n",
        "blotches in flat places +1.25 +none flat +0.00\n",
        "worst border .- is darker. +-2.00 +3.50 +0.00\n"})
    EXPECT_THAT(table.str(), testing::ContainsRegex(row));
}

// Unnormalised features give such scores.
TEST_F(Evaluate, TableColumnsStaySeparateForLargeNumbers) {
  EvaluationResult result = run();
  result.featureScores = Comparison<FeatureScores>{{.fid = 1.5, .kid = -99999.9},
                                                   {.fid = 2.25, .kid = -3.2e12},
                                                   {.fid = 15520.11, .kid = 5e11},
                                                   {.fid = 1e300, .kid = -3.2e14}};
  std::ostringstream table;
  printTable(result, table);
  EXPECT_THAT(table.str(), testing::HasSubstr("FID                                   1.50                  "
                                              "2.25      15520.11        1e+300\n"));
  EXPECT_THAT(table.str(), testing::HasSubstr("KID x 1000                   -99999900.000              "
                                              "-3.2e+15         5e+14      -3.2e+17\n"));
}

TEST(SquareView, ResizesTheShortSideAndCropsTheCentre) {
  Picture wide(96, 32, 3);
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 96; ++x) wide.row(y)[x * 3] = static_cast<std::uint8_t>(x / 32 * 100);
  const Picture view = squareView(wide, 32);
  EXPECT_EQ(view, cropped(wide, 32, 0, 32, 32));
  EXPECT_EQ(squareView(gradient(31, 77), 64).height, 64);
}

}  // namespace
}  // namespace cut::trainer::test
