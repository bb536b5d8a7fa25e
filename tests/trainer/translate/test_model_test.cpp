// SPDX-License-Identifier: MIT
#include "trainer/translate/test_model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "scratch.hpp"
#include "tiny_model.hpp"
#include "trainer/data/image_file.hpp"
#include "trainer/data/pillow_resample.hpp"
#include "trainer/translate/picture_translator.hpp"
#include "trainer/translate/result_page.hpp"

namespace cut::trainer::test {
namespace {

namespace fs = std::filesystem;

class TestModel : public testing::Test {
 protected:
  TestModel() {
    fs::create_directories(scratch_.path("model"));
    options_.model = cut::test::writeTinyModel(scratch_.path("model"));
    options_.name = "run";
    options_.dataroot = scratch_.path("data");
    options_.resultsDir = scratch_.path("results");
    options_.preprocess = "none";
    options_.engine.device = "cpu";
    scratch_.writeImage("data/testA/one.jpg", gradient(24, 16));
    scratch_.writeImage("data/testA/two.png", gradient(16, 20));
  }

  TestResult run() { return testModel(options_, progress_, -1); }

  bool has(const std::string& name) const {
    return fs::exists(scratch_.path("results/run/test_latest/" + name));
  }

  Scratch scratch_;
  TestOptions options_;
  std::ostringstream progress_;
};

TEST_F(TestModel, WritesTheReferencesFoldersAndAnHtmlPage) {
  scratch_.writeFlat("data/testB/b.png", 77, 12, 12);
  const TestResult result = run();
  EXPECT_EQ(result.images, 2);
  for (const char* label : {"real_A", "fake_B", "real_B"})
    for (const char* name : {"one", "two"})
      EXPECT_TRUE(has(std::string("images/") + label + "/" + name + ".png")) << label << " " << name;
  const std::string page = bytesOf(result.page);
  EXPECT_THAT(page, testing::HasSubstr("src=\"images/fake_B/one.png\""));
  EXPECT_THAT(page, testing::HasSubstr("href=\"images/real_B/two.png\""));
  EXPECT_EQ(result.page, scratch_.path("results/run/test_latest/index.html"));
}

TEST_F(TestModel, DomainBIsOptional) {
  run();
  EXPECT_TRUE(has("images/fake_B/one.png"));
  EXPECT_FALSE(has("images/real_B"));
}

TEST_F(TestModel, OutputEqualsTheEngineOnThePreprocessedImage) {
  options_.preprocess = "resize_and_crop";
  options_.loadSize = options_.cropSize = 32;
  run();
  const Picture input = readImage(scratch_.path("results/run/test_latest/images/real_A/two.png"));
  EXPECT_EQ(input, resized(gradient(16, 20), 32, 32, Resampling::bicubic));
  PictureTranslator translator(options_.model, options_.engine);
  EXPECT_EQ(readImage(scratch_.path("results/run/test_latest/images/fake_B/two.png")), translator(input));
}

TEST_F(TestModel, DirectionBtoATranslatesDomainB) {
  scratch_.writeFlat("data/testB/b.png", 77, 12, 12);
  options_.direction = Direction::bToA;
  EXPECT_EQ(run().images, 1);
  EXPECT_EQ(readImage(scratch_.path("results/run/test_latest/images/real_A/b.png")).pixels.front(), 77);
}

TEST_F(TestModel, RepeatedNamesAreNumberedAndFramesHaveTheirNumber) {
  scratch_.writeImage("data/testA/deep/one.png", gradient(12, 12));
  scratch_.writeVideo("data/testA/drive.avi", 2);
  EXPECT_EQ(run().images, 5);
  for (const char* name : {"one", "one_2", "drive_frame_000000", "drive_frame_000001"})
    EXPECT_TRUE(has("images/fake_B/" + std::string(name) + ".png")) << name;
}

TEST_F(TestModel, ExifOrientationIsAppliedOnRequest) {
  scratch_.writeTurned("data/testA/turned.jpg", gradient(24, 16), 8);
  options_.exifOrientation = true;
  run();
  EXPECT_EQ(readImage(scratch_.path("results/run/test_latest/images/real_A/turned.png")).width, 16);
}

TEST_F(TestModel, StopsAfterNumTestImages) {
  options_.numTest = 1;
  EXPECT_EQ(run().images, 1);
}

TEST_F(TestModel, WeightsOfARunAreFoundByName) {
  options_.model.clear();
  options_.checkpointsDir = scratch_.path("checkpoints");
  expectError(ErrorKind::notFound, {"latest_net_G.pth", "model.pt", "--model"}, [&] { run(); });
  fs::create_directories(scratch_.path("checkpoints/run"));
  cut::test::writeTinyModel(scratch_.path("checkpoints/run"), "model.pt");
  EXPECT_EQ(run().images, 2);
  options_.epoch = "5";
  expectError(ErrorKind::notFound, {"5_net_G.pth"}, [&] { run(); });
  cut::test::writeTinyModel(scratch_.path("checkpoints/run"), "5_net_G_A.pth");
  EXPECT_EQ(run().images, 2) << "CycleGAN's generator from A to B";
}

TEST_F(TestModel, SkippedImagesAreNamed) {
  scratch_.writeBytes("data/testA/broken.png", "no image");
  const TestResult result = run();
  EXPECT_EQ(result.images, 2);
  ASSERT_EQ(result.skipped.size(), 1U);
  EXPECT_THAT(progress_.str(), testing::HasSubstr("broken.png"));
}

TEST_F(TestModel, MissingInputThrows) {
  fs::remove_all(scratch_.path("data/testA"));
  scratch_.writeFlat("data/trainA/a.png", 1);
  expectError(ErrorKind::notFound, {"testA", "valA", "trainA"}, [&] { run(); });
}

TEST(ResultPage, NamesAreEscaped) {
  const std::string page = html({.title = "<b>&",
                                 .subtitle = "",
                                 .width = 100,
                                 .rows = {{.name = "50% \"#1\" <i>", .source = "a", .labels = {"real_A"}}}});
  EXPECT_THAT(page, testing::HasSubstr("&lt;b&gt;&amp;"));
  EXPECT_THAT(page, testing::HasSubstr("src=\"images/real_A/50%25%20%22%231%22%20%3Ci%3E.png\""));
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("<i>")));
  EXPECT_THAT(page, testing::HasSubstr("--width: 100px"));
}

}  // namespace
}  // namespace cut::trainer::test
