// SPDX-License-Identifier: MIT
// Reading a video sequentially, and writing one.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <sstream>

#include "scratch.hpp"
#include "trainer/data/video_index.hpp"
#include "trainer/data/video_reader.hpp"
#include "trainer/translate/video_sink.hpp"
#include "trainer/translate/video_source.hpp"

namespace cut::trainer::test {
namespace {

namespace fs = std::filesystem;

Picture flat(std::array<int, 3> colour, int width, int height) {
  Picture picture(width, height, 3);
  for (std::size_t i = 0; i < picture.pixels.size(); ++i)
    picture.pixels[i] = static_cast<std::uint8_t>(colour[i % 3]);
  return picture;
}

Picture grey(int value, int width, int height) {
  return flat({value, value, value}, width, height);
}

VideoFormat atRate(int rate) {
  return {.timeBase = {1, rate}, .framesPerSecond = {rate, 1}};
}

// The values that ffprobe prints for the file, one per line.
std::vector<std::string> probed(const fs::path& file, const std::string& entries) {
  const std::string command = "ffprobe -v error -of default=nokey=1:noprint_wrappers=1 -show_entries " +
                              entries + " '" + file.string() + "'";
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::string text;
  std::array<char, 4096> buffer{};
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe.get()))
    text.append(buffer.data(), got);
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    if (!line.empty()) lines.push_back(line);
  return lines;
}

// Presentation times of the frames in seconds.
std::vector<double> timesOf(const fs::path& file) {
  std::vector<double> times;
  for (const std::string& line : probed(file, "frame=pts_time -select_streams v"))
    times.push_back(std::stod(line));
  return times;
}

struct Copy {
  std::int64_t frames = 0;
  std::string codec;
  std::string notes;
};

// Frame by frame, as `translate` does it.
Copy copied(const fs::path& from, const fs::path& to) {
  VideoSource source(from);
  std::optional<VideoFrame> frame = source.next();
  VideoSink sink(to, frame->picture.width, frame->picture.height, source.format(), from);
  Copy copy{.frames = 0, .codec = sink.codec(), .notes = {}};
  for (; frame; frame = source.next(), ++copy.frames)
    sink.write(frame->picture, frame->time, frame->duration);
  sink.commit();
  copy.notes = sink.notes();
  return copy;
}

class VideoFile : public testing::TestWithParam<const char*> {};

TEST_P(VideoFile, FramesOrderAndRateRoundTrip) {
  const Scratch scratch;
  const fs::path file = scratch.path(std::string("v") + GetParam());
  {
    const VideoFormat format{.timeBase = {2, 25}, .framesPerSecond = {25, 2}};
    VideoSink sink(file, 48, 32, format);
    for (int i = 0; i < 5; ++i) sink.write(grey(40 + 30 * i, 48, 32), i, 1);
    sink.commit();
  }
  VideoSource source(file);
  EXPECT_NEAR(av_q2d(source.format().framesPerSecond), 12.5, 0.01);
  for (int i = 0; i < 5; ++i) {
    const auto frame = source.next();
    ASSERT_TRUE(frame) << i;
    EXPECT_EQ(frame->picture.width, 48);
    EXPECT_EQ(frame->picture.height, 32);
    EXPECT_NEAR(frame->picture.row(16)[72], 40 + 30 * i, 3) << i;
    EXPECT_NEAR(static_cast<double>(frame->time) * av_q2d(source.format().timeBase), 0.08 * i, 0.0006) << i;
  }
  EXPECT_FALSE(source.next());
  EXPECT_EQ(source.damage(), "");
}

TEST_P(VideoFile, ColoursRoundTripWithTheirTags) {
  const Scratch scratch;
  for (const int height : {144, 720}) {
    const fs::path file = scratch.path(std::string("v") + GetParam());
    VideoFormat format = atRate(25);
    format.colours.matrix = matrixByHeight(height);
    VideoSink sink(file, 160, height, format);
    for (int i = 0; i < 3; ++i) sink.write(flat({200, 30, 30}, 160, height), i, 1);
    sink.commit();
    const auto video = indexVideo(file);
    VideoReader reader;
    const Picture picture = reader.read(*video, 2);
    for (int c = 0; c < 3; ++c) EXPECT_NEAR(picture.row(100)[240 + c], c == 0 ? 200 : 30, 3) << height << c;
    const std::string space = probed(file, "stream=color_space").at(0);
    const std::string range = probed(file, "stream=color_range").at(0);
    if (std::string(GetParam()) == ".avi") {
      EXPECT_EQ(space, "bt470bg");
      EXPECT_EQ(range, "pc");
    } else {
      EXPECT_EQ(space, height == 720 ? "bt709" : "smpte170m");
      EXPECT_EQ(range, "tv");
      EXPECT_EQ(probed(file, "stream=color_primaries").at(0), height == 720 ? "bt709" : "smpte170m");
      EXPECT_EQ(probed(file, "stream=color_transfer").at(0), height == 720 ? "bt709" : "smpte170m");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Containers, VideoFile,
                         testing::Values(".mp4", ".MOV", ".m4v", ".mkv", ".webm", ".avi"),
                         [](const auto& suffix) { return std::string(suffix.param + 1); });

TEST(VideoFile, DiscardedVideoLeavesNoFile) {
  const Scratch scratch;
  scratch.writeBytes("there.txt", "so that the folder is");
  {
    VideoSink sink(scratch.path("v.mp4"), 48, 32, atRate(25));
    sink.write(grey(100, 48, 32), 0, 1);
  }
  fs::remove(scratch.path("there.txt"));
  EXPECT_TRUE(fs::is_empty(scratch.path("")));
}

TEST(VideoFile, WriteErrorIsReported) {
  const Scratch scratch;
  expectError(ErrorKind::io, {"v.mp4", "No such file or directory"},
              [&] { VideoSink(scratch.path("nowhere/v.mp4"), 48, 32, atRate(25)); });
  expectError(ErrorKind::invalidArgument, {"v.flv", "webm"},
              [&] { VideoSink(scratch.path("v.flv"), 48, 32, atRate(25)); });
}

TEST(VideoFile, NonVideoThrows) {
  const Scratch scratch;
  const fs::path file = scratch.writeBytes("v.mp4", "not a video");
  expectError(ErrorKind::wrongFile, {"v.mp4", "FFmpeg"}, [&] { VideoSource source(file); });
}

TEST(VideoFile, SequentialReadEqualsReadByNumber) {
  const Scratch scratch;
  const std::string interlaced =
      "-f lavfi -i testsrc2=s=96x64:r=50:d=1 -vf tinterlace=interleave_top,setfield=tff -flags +ildct+ilme";
  for (const auto& [arguments, name] :
       {std::pair<std::string, const char*>{interlaced + " -c:v mpeg2video -g 6", "interlaced.ts"},
        {"-f lavfi -i testsrc2=s=96x64:d=1 -c:v libx264 -g 8", "progressive.mp4"}}) {
    const fs::path file = scratch.ffmpeg(arguments, name);
    const auto video = indexVideo(file);
    VideoReader reader;
    VideoSource source(file);
    std::int64_t number = 0;
    while (const auto frame = source.next()) {
      ASSERT_LT(number, video->frames());
      EXPECT_EQ(frame->picture, reader.read(*video, number)) << name << number;
      ++number;
    }
    EXPECT_EQ(number, video->frames());
  }
}

// 30 frames at 30 per second, then 30 at 10 per second; the last frame lasts half a second.
TEST(VideoFile, VariableFrameRateKeepsItsTimestamps) {
  const Scratch scratch;
  const fs::path from = scratch.ffmpeg(
      "-f lavfi -i testsrc2=s=64x48:r=30 -frames:v 60 -c:v libx264 -bf 3 -fps_mode passthrough "
      "-enc_time_base 1/90000 -vf \"settb=1/90000,setpts='N*3000+gt(N,30)*6000*(N-30)'\"",
      "from.mp4");
  const std::vector<double> times = timesOf(from);
  ASSERT_EQ(times.size(), 60U);
  EXPECT_NEAR(times[59] - times[58], 0.1, 1e-6);
  for (const char* name : {"to.mp4", "to.mov", "to.mkv", "to.webm"}) {
    EXPECT_EQ(copied(from, scratch.path(name)).frames, 60);
    const std::vector<double> kept = timesOf(scratch.path(name));
    ASSERT_EQ(kept.size(), 60U) << name;
    const bool milliseconds = std::string(name) == "to.mkv" || std::string(name) == "to.webm";
    for (std::size_t i = 0; i < 60; ++i)
      EXPECT_NEAR(kept[i], times[i], milliseconds ? 0.00051 : 1e-5) << name << i;
  }
  EXPECT_THAT(copied(from, scratch.path("to.avi")).notes, testing::HasSubstr("constant rate"));
}

TEST(VideoFile, LastFrameKeepsItsDuration) {
  const Scratch scratch;
  {
    VideoSink sink(scratch.path("from.mp4"), 48, 32, atRate(100));
    for (int i = 0; i < 5; ++i) sink.write(grey(40 + 30 * i, 48, 32), 10 * i, i < 4 ? 10 : 70);
    sink.commit();
  }
  copied(scratch.path("from.mp4"), scratch.path("to.mp4"));
  for (const char* name : {"from.mp4", "to.mp4"})
    EXPECT_NEAR(std::stod(probed(scratch.path(name), "stream=duration").at(0)), 1.1, 0.001) << name;
}

TEST(VideoFile, PixelAspectRatioIsKept) {
  const Scratch scratch;
  const fs::path from =
      scratch.ffmpeg("-f lavfi -i testsrc2=s=72x58:d=0.2 -vf setsar=16/11 -c:v libx264", "from.mp4");
  for (const char* name : {"to.mp4", "to.mkv", "to.webm"}) {
    copied(from, scratch.path(name));
    const VideoSource source(scratch.path(name));
    // Matroska has a width to be shown at, in whole pixels.
    EXPECT_NEAR(av_q2d(source.format().sampleAspect), 16.0 / 11, 0.5 / 72) << name;
  }
}

// As from a phone held upright: 64 x 48 in the file, displayed as 48 x 64.
TEST(VideoFile, RotatedVideoIsWrittenUpright) {
  const Scratch scratch;
  scratch.ffmpeg("-f lavfi -i testsrc2=s=64x48:d=0.2 -vf setsar=2/1 -c:v libx264", "lying.mp4");
  const fs::path from = scratch.ffmpeg("-i lying.mp4 -c copy -metadata:s:v:0 rotate=90", "from.mp4");
  ASSERT_THAT(probed(from, "stream_side_data=rotation"), testing::SizeIs(1));
  copied(from, scratch.path("to.mp4"));
  EXPECT_EQ(probed(scratch.path("to.mp4"), "stream=width,height"), (std::vector<std::string>{"48", "64"}));
  EXPECT_THAT(probed(scratch.path("to.mp4"), "stream_side_data=rotation"), testing::IsEmpty());
  EXPECT_EQ(probed(scratch.path("to.mp4"), "stream=sample_aspect_ratio").at(0), "1:2");
}

TEST(VideoFile, AudioIsCopied) {
  const Scratch scratch;
  const std::string input =
      "-f lavfi -i testsrc2=s=64x48:d=2 -f lavfi -i sine=d=2 -metadata title=Street -metadata:s:a:0 "
      "language=deu "
      "-c:v libx264 ";
  for (const auto& [codec, from, to] :
       {std::array{"aac", "from.mp4", "to.mp4"}, std::array{"aac", "from.mp4", "to.mkv"},
        std::array{"aac", "from.ts", "to.mp4"}, std::array{"mp2", "from.ts", "to.mov"},
        std::array{"libopus", "from.mkv", "to.webm"}, std::array{"pcm_s16le", "from.mov", "to.mov"},
        std::array{"mp2", "from.mkv", "to.avi"}}) {
    const fs::path source = scratch.ffmpeg(input + "-c:a " + codec, from);
    const Copy copy = copied(source, scratch.path(to));
    EXPECT_THAT(copy.notes, testing::HasSubstr("sound copied")) << from << to << codec;
    const auto packets = [&](const fs::path& file) {
      return std::stoi(probed(file, "stream=nb_read_packets -count_packets -select_streams a").at(0));
    };
    EXPECT_EQ(packets(scratch.path(to)), packets(source)) << from << to << codec;
    const double length = std::stod(probed(scratch.path(to), "format=duration").at(0));
    EXPECT_NEAR(length, 2, 0.1) << from << to << codec;
    // Sound and picture begin together as they did.
    const auto start = [&](const fs::path& file, const char* type) {
      return std::stod(probed(file, std::string("stream=start_time -select_streams ") + type).at(0));
    };
    EXPECT_NEAR(start(scratch.path(to), "a") - start(scratch.path(to), "v"),
                start(source, "a") - start(source, "v"), 0.03)
        << from << to << codec;
  }
  EXPECT_THAT(probed(scratch.path("to.mkv"), "format_tags=title"), testing::ElementsAre("Street"));
}

TEST(VideoFile, DroppedTracksAreNamed) {
  const Scratch scratch;
  const std::string input = "-f lavfi -i testsrc2=s=64x48:d=0.5 -f lavfi -i sine=d=0.5 -c:v libx264 ";
  const fs::path adpcm = scratch.ffmpeg(input + "-c:a adpcm_ms", "adpcm.mkv");
  EXPECT_THAT(copied(adpcm, scratch.path("to.mp4")).notes,
              testing::HasSubstr("sound not copied: mp4 takes no adpcm_ms"));
  EXPECT_THAT(copied(scratch.ffmpeg("-f lavfi -i testsrc2=s=64x48:d=0.5 -c:v libx264", "silent.mp4"),
                     scratch.path("to2.mp4"))
                  .notes,
              testing::HasSubstr("no sound"));
  const fs::path deep =
      scratch.ffmpeg("-f lavfi -i testsrc2=s=64x48:d=0.5 -pix_fmt yuv444p10le -c:v libx264", "deep.mp4");
  EXPECT_THAT(copied(deep, scratch.path("to3.mp4")).notes,
              testing::HasSubstr("4:4:4, 10 bits as 8 bits of 4:2:0"));
}

// H.264 with 4:2:0 requires even sizes; the picture is padded, not cropped.
TEST(VideoFile, OddSizesKeepEveryRowAndColumn) {
  const Scratch scratch;
  const fs::path from =
      scratch.ffmpeg("-f lavfi -i testsrc=s=33x21:d=0.5 -pix_fmt yuv444p -c:v ffv1", "from.mkv");
  const Copy copy = copied(from, scratch.path("to.mp4"));
  EXPECT_THAT(copy.notes, testing::HasSubstr("the last column and row twice"));
  EXPECT_EQ(probed(scratch.path("to.mp4"), "stream=width,height"), (std::vector<std::string>{"34", "22"}));
  copied(from, scratch.path("to.webm"));
  EXPECT_EQ(probed(scratch.path("to.webm"), "stream=width,height"), (std::vector<std::string>{"33", "21"}));
}

TEST(VideoFile, ConcatenatedRecordingsContinueTheirTimestamps) {
  const Scratch scratch;
  const std::string a =
      bytesOf(scratch.ffmpeg("-f lavfi -i testsrc2=s=64x48:r=25:d=0.8 -c:v libx264", "a.ts"));
  copied(scratch.writeBytes("both.ts", a + a), scratch.path("to.mp4"));
  const std::vector<double> times = timesOf(scratch.path("to.mp4"));
  ASSERT_EQ(times.size(), 40U);
  for (std::size_t i = 0; i < times.size(); ++i)
    EXPECT_NEAR(times[i], 0.04 * static_cast<double>(i), 0.001) << i;
}

TEST(VideoFile, TruncatedVideoIsReported) {
  const Scratch scratch;
  for (const char* name : {"v.mkv", "v.mp4"}) {
    const fs::path whole =
        scratch.ffmpeg("-f lavfi -i testsrc=s=64x48:r=25:d=2 -g 10 -c:v libx264 -movflags +faststart", name);
    const std::string bytes = bytesOf(whole);
    VideoSource source(
        scratch.writeBytes(std::string("cut_") + name, bytes.substr(0, bytes.size() * 6 / 10)));
    int frames = 0;
    while (source.next()) ++frames;
    EXPECT_GT(frames, 5) << name;
    EXPECT_LT(frames, 50) << name;
    EXPECT_NE(source.damage(), "") << name;
  }
}

}  // namespace
}  // namespace cut::trainer::test
