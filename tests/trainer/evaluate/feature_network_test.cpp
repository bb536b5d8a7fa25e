// SPDX-License-Identifier: MIT
// With LibTorch: features.ts, tuple.ts and dictionary.ts give the mean and deviation of each channel
// (make_features.py).
#include "trainer/evaluate/feature_network.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "evaluation_fixture.hpp"

namespace cut::trainer::test {
namespace {

// (side, side, 3): left half (10, 20, 30), right half (250, 20, 50).
Picture halves(int side) {
  Picture picture(side, side, 3);
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      std::uint8_t* pixel = picture.row(y) + std::ptrdiff_t{3} * x;
      const bool right = x >= side / 2;
      pixel[0] = right ? 250 : 10;
      pixel[1] = 20;
      pixel[2] = right ? 50 : 30;
    }
  return picture;
}

TEST(FeatureNetwork, InputIsRgbFrom0To255AndOutputIsOneVector) {
  FeatureNetwork network(CUT_FEATURES "features.ts");
  Features features;
  network.append(halves(16), features);
  network.append(halves(32), features);
  EXPECT_EQ(features.count, 2);
  ASSERT_EQ(features.dimension, 6);
  const double expected[] = {130, 20, 40, 120, 0, 10};
  for (int k = 0; k < 6; ++k) {
    EXPECT_NEAR(features.row(0)[k], expected[k], 1e-3) << k;
    EXPECT_NEAR(features.row(1)[k], expected[k], 1e-3) << k;
  }
}

// torchvision's InceptionV3 returns a tuple.
TEST(FeatureNetwork, AllReturnedTensorsAreFlattenedToOneVector) {
  Features expected;
  FeatureNetwork(CUT_FEATURES "features.ts").append(halves(16), expected);
  for (const char* file : {CUT_FEATURES "tuple.ts", CUT_FEATURES "dictionary.ts"}) {
    Features features;
    FeatureNetwork(file).append(halves(16), features);
    EXPECT_EQ(features.values, expected.values) << file;
  }
}

TEST(FeatureNetwork, NonTensorOutputThrows) {
  FeatureNetwork network(CUT_FEATURES "words.ts");
  Features features;
  expectError(ErrorKind::wrongFile, {"words.ts", "expected a network that returns a tensor"},
              [&] { network.append(halves(8), features); });
}

TEST(FeatureNetwork, UnreadableFileThrowsWithTheReason) {
  const Scratch scratch;
  const auto text = scratch.writeBytes("net.ts", "no network");
  expectError(ErrorKind::notFound, {"--features", "none.ts"},
              [&] { FeatureNetwork network(scratch.path("none.ts")); });
  expectError(ErrorKind::wrongFile, {"--features", "net.ts", "TorchScript"},
              [&] { FeatureNetwork network(text); });
}

TEST(FeatureNetwork, FailingNetworkThrows) {
  FeatureNetwork network(CUT_FEATURES "features.ts");
  Features features{.count = 1, .dimension = 3, .values = {1, 2, 3}};
  expectError(ErrorKind::wrongFile, {"3 features", "got 6"}, [&] { network.append(halves(8), features); });
}

TEST_F(Evaluate, ScoresWithTheFeaturesOfANetwork) {
  options_.features = CUT_FEATURES "features.ts";
  const EvaluationResult result = run();
  ASSERT_TRUE(result.featureScores);
  EXPECT_GT(result.featureScores->translated.fid, 0);
  EXPECT_GT(result.featureScores->untranslated.fid, 0);
  std::ostringstream json;
  printJson(result, json);
  const auto read = nlohmann::json::parse(json.str());
  EXPECT_EQ(read["features"]["translated"]["fid"], result.featureScores->translated.fid);
  EXPECT_EQ(read["features"]["colour_transfer"]["fid"], result.featureScores->colourTransfer.fid);
  EXPECT_EQ(read["features"]["halves_of_b"]["kid"], result.featureScores->halves.kid);
  std::ostringstream table;
  printTable(result, table);
  EXPECT_THAT(table.str(), testing::AllOf(testing::HasSubstr("FID"), testing::HasSubstr("KID x 1000")));
}

}  // namespace
}  // namespace cut::trainer::test
