#include "trainer/translate/video_file.hpp"

#include <gtest/gtest.h>

#include "scratch.hpp"
#include "trainer/data/video.hpp"

namespace cut::trainer::test {
namespace {

namespace fs = std::filesystem;

Picture grey(int value, int width, int height) {
  Picture picture(width, height, 3);
  std::fill(picture.pixels.begin(), picture.pixels.end(), static_cast<std::uint8_t>(value));
  return picture;
}

fs::path written(const Scratch& scratch, const std::string& name, double rate) {
  VideoSink sink(scratch.path(name), 48, 32, rate);
  for (int i = 0; i < 5; ++i) sink.write(grey(40 + 30 * i, 48, 32));
  sink.keep();
  return scratch.path(name);
}

class VideoFile : public testing::TestWithParam<const char*> {};

TEST_P(VideoFile, KeepsFramesTheirOrderAndTheirRate) {
  const Scratch scratch;
  VideoSource source(written(scratch, std::string("v") + GetParam(), 12.5));
  EXPECT_NEAR(source.framesPerSecond(), 12.5, 0.01);
  for (int i = 0; i < 5; ++i) {
    const auto frame = source.next();
    ASSERT_TRUE(frame) << i;
    EXPECT_EQ(frame->width, 48);
    EXPECT_EQ(frame->height, 32);
    EXPECT_NEAR(frame->row(16)[72], 40 + 30 * i, 8) << i;
  }
  EXPECT_FALSE(source.next());
}

INSTANTIATE_TEST_SUITE_P(Containers, VideoFile,
                         testing::Values(".mp4", ".MOV", ".m4v", ".mkv", ".webm", ".avi"),
                         [](const auto& suffix) { return std::string(suffix.param + 1); });

TEST(VideoFile, LeavesNothingOfAVideoThatIsNotKept) {
  const Scratch scratch;
  scratch.writeBytes("there.txt", "so that the folder is");
  {
    VideoSink sink(scratch.path("v.mp4"), 48, 32, 25);
    sink.write(grey(100, 48, 32));
  }
  fs::remove(scratch.path("there.txt"));
  EXPECT_TRUE(fs::is_empty(scratch.path("")));
}

TEST(VideoFile, SaysWhyItCannotBeWritten) {
  const Scratch scratch;
  expectError(ErrorKind::unreadable, {"v.mp4", "No such file or directory"},
              [&] { VideoSink(scratch.path("nowhere/v.mp4"), 48, 32, 25); });
  expectError(ErrorKind::invalidArgument, {"v.flv", "webm"},
              [&] { VideoSink(scratch.path("v.flv"), 48, 32, 25); });
}

TEST(VideoFile, SaysThatAFileIsNoVideo) {
  const Scratch scratch;
  const fs::path file = scratch.writeBytes("v.mp4", "not a video");
  expectError(ErrorKind::wrongFile, {"v.mp4", "FFmpeg"}, [&] { VideoSource source(file); });
}

}  // namespace
}  // namespace cut::trainer::test
