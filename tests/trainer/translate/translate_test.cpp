// SPDX-License-Identifier: MIT
#include "trainer/translate/translate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "scratch.hpp"
#include "tiny_model.hpp"
#include "trainer/data/image_file.hpp"
#include "trainer/data/video_index.hpp"
#include "trainer/translate/picture_translator.hpp"

namespace cut::trainer::test {
namespace {

namespace fs = std::filesystem;

class Translate : public testing::Test {
 protected:
  TranslateResult run(const std::string& in, const std::string& out, int channels = 3,
                      bool exifOrientation = false) {
    fs::create_directories(scratch_.path("model"));
    const fs::path model = cut::test::writeTinyModel(scratch_.path("model"), "m.pt", channels, channels);
    return translate({.model = model,
                      .input = scratch_.path(in),
                      .output = scratch_.path(out),
                      .exifOrientation = exifOrientation,
                      .engine = {.device = "cpu"}},
                     progress_, -1);
  }

  Scratch scratch_;
  std::ostringstream progress_;
};

TEST_F(Translate, OutputEqualsTheEngine) {
  const Picture picture = gradient(21, 14);
  scratch_.writeImage("a.png", picture);
  run("a.png", "b.png");
  PictureTranslator translator(scratch_.path("model/m.pt"), {.device = "cpu"});
  const Picture expected = translator(picture);
  EXPECT_EQ(readImage(scratch_.path("b.png")), expected);
  EXPECT_NE(expected, picture);
}

TEST_F(Translate, FolderOfImagesOfAllSizesAndVideosIsTranslated) {
  scratch_.writeImage("in/a.png", gradient(16, 12));
  scratch_.writeImage("in/deep/b.jpg", gradient(33, 9));
  scratch_.writeVideo("in/deep/v.avi", 3);
  const TranslateResult result = run("in", "out");
  EXPECT_EQ(result.text(), "2 images, 1 video of 3 frames");
  EXPECT_EQ(readImage(scratch_.path("out/a.png")).width, 16);
  EXPECT_EQ(readImage(scratch_.path("out/deep/b.png")).width, 33);
  EXPECT_EQ(indexVideo(scratch_.path("out/deep/v.avi"))->frames(), 3);
  EXPECT_THAT(progress_.str(), testing::HasSubstr("Motion JPEG"));
}

TEST_F(Translate, DamagedImageIsNamedCountedAndSkipped) {
  const fs::path whole = scratch_.writeImage("in/b.jpg", gradient(40, 40));
  scratch_.writeBytes("in/a.jpg", bytesOf(whole).substr(0, 300));
  scratch_.writeBytes("in/c.mp4", "not a video");
  const TranslateResult result = run("in", "out");
  EXPECT_EQ(result.images, 1);
  ASSERT_EQ(result.skipped.size(), 2U);
  EXPECT_THAT(result.skipped[0], testing::HasSubstr("a.jpg"));
  EXPECT_THAT(progress_.str(), testing::HasSubstr("c.mp4"));
  EXPECT_THAT(progress_.str(), testing::HasSubstr("translated 1 image; 2 skipped"));
  EXPECT_FALSE(fs::exists(scratch_.path("out/a.png")));
}

TEST_F(Translate, ExifOrientationIsAppliedOnRequest) {
  scratch_.writeTurned("a.jpg", gradient(24, 16), 6);
  run("a.jpg", "stored.png");
  run("a.jpg", "turned.png", 3, true);
  EXPECT_EQ(readImage(scratch_.path("stored.png")).width, 24);
  EXPECT_EQ(readImage(scratch_.path("turned.png")).width, 16);
}

TEST_F(Translate, UnsupportedFormatIsNamed) {
  scratch_.writeImage("in/b.png", gradient(16, 16));
  scratch_.writeBytes("in/a.avif", std::string("\0\0\0\x20"
                                               "ftypavif\0\0\0\0",
                                               16));
  const TranslateResult result = run("in", "out");
  ASSERT_EQ(result.skipped.size(), 1U);
  EXPECT_THAT(result.skipped.front(), testing::HasSubstr("a.avif: AVIF images are not read"));
}

TEST_F(Translate, NothingTranslatedThrows) {
  scratch_.writeBytes("a.png", "no image");
  expectError(ErrorKind::wrongFile, {"nothing was translated", "a.png"}, [&] { run("a.png", "b.png"); });
}

TEST_F(Translate, GreyModelWritesGreyPictures) {
  const Picture picture = gradient(12, 8);
  scratch_.writeImage("a.png", picture);
  run("a.png", "b.png", 1);
  PictureTranslator translator(scratch_.path("model/m.pt"), {.device = "cpu"});
  const Picture grey = translator(toLuma(picture));
  EXPECT_EQ(grey.channels, 1);
  EXPECT_EQ(toLuma(readImage(scratch_.path("b.png"))), grey);
}

TEST_F(Translate, VideoReportsItsFrameRateAndAudio) {
  scratch_.ffmpeg("-f lavfi -i testsrc2=s=32x16:r=10:d=0.5 -f lavfi -i sine=d=0.5 -c:v libx264 -c:a aac",
                  "v.mp4");
  run("v.mp4", "w.mp4");
  EXPECT_THAT(progress_.str(),
              testing::HasSubstr("w.mp4: 5 frames, 10 per second, H.264, sound copied (aac)"));
}

TEST_F(Translate, TruncatedVideoIsReportedAndKept) {
  const fs::path whole = scratch_.ffmpeg("-f lavfi -i testsrc2=s=32x16:r=10:d=2 -c:v libx264 -g 5", "v.mkv");
  const std::string bytes = bytesOf(whole);
  scratch_.writeBytes("cut.mkv", bytes.substr(0, bytes.size() * 7 / 10));
  const TranslateResult result = run("cut.mkv", "w.mkv");
  EXPECT_EQ(result.videos, 1);
  ASSERT_EQ(result.skipped.size(), 1U);
  EXPECT_THAT(result.skipped[0], testing::HasSubstr("cut.mkv: not read to its end"));
  EXPECT_EQ(indexVideo(scratch_.path("w.mkv"))->frames(), result.frames);
}

TEST_F(Translate, HdrThrowsWithAConversionCommand) {
  scratch_.ffmpeg("-f lavfi -i testsrc2=s=32x16:d=0.2,format=yuv420p10le -c:v ffv1 -color_trc smpte2084",
                  "v.mkv");
  expectError(ErrorKind::wrongFile, {"HDR (PQ)", "ffmpeg -i"}, [&] { run("v.mkv", "w.mkv"); });
}

TEST_F(Translate, LeavesNoTemporaryFiles) {
  scratch_.writeImage("in/a.png", gradient(16, 12));
  scratch_.writeVideo("in/v.avi", 2);
  run("in", "out");
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(scratch_.path("out")))
    names.push_back(entry.path().filename().string());
  EXPECT_THAT(names, testing::UnorderedElementsAre("a.png", "v.avi"));
}

TEST_F(Translate, MissingInputsAreNamed) {
  scratch_.writeImage("a.png", gradient(16, 12));
  expectError(ErrorKind::notFound, {"none.png"}, [&] { run("none.png", "b.png"); });
  expectError(ErrorKind::notFound, {"no.pt"}, [&] {
    const TranslateOptions options{.model = scratch_.path("no.pt"),
                                   .input = scratch_.path("a.png"),
                                   .output = scratch_.path("b.png"),
                                   .engine = {}};
    translate(options, progress_, -1);
  });
}

}  // namespace
}  // namespace cut::trainer::test
