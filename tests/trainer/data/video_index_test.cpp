// SPDX-License-Identifier: MIT
// Frame N is the Nth that decoding from the beginning returns, in every container and whatever its header
// claims.
#include "trainer/data/video_index.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "scratch.hpp"
#include "trainer/data/video_decoder.hpp"
#include "trainer/data/video_reader.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;
using test::Scratch;

constexpr int count = 60;
// Frame N is grey with a luma of 20 + 3 N.
constexpr const char* numbered = "-f lavfi -i color=c=black:s=64x48:r=30,geq=lum='20+3*N':cb=128:cr=128";
constexpr const char* x264 = "-c:v libx264 -pix_fmt yuv420p -g 12 -bf 3 -x264-params qp=4:scenecut=0";

// The frame number that a grey picture encodes, decoded with the matrix of untagged SD.
int numberOf(const Picture& picture) {
  const int column = picture.width / 2;
  const int row = picture.height / 2;
  const double grey = picture.row(row)[column * 3];
  return static_cast<int>(std::lround((grey / 255 * 219 + 16 - 20) / 3));
}

std::string textOf(const std::vector<int>& numbers) {
  std::string text;
  for (const int number : numbers) text += std::to_string(number) + " ";
  return text;
}

// The numbers in frame order, although frames are read in another order.
std::string numbersIn(const VideoIndex& index) {
  std::vector<std::int64_t> order(index.frames());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  std::shuffle(order.begin(), order.end(), std::mt19937(1));
  VideoReader reader;
  std::vector<int> numbers(order.size());
  for (const std::int64_t frame : order) numbers[frame] = numberOf(reader.read(index, frame));
  return textOf(numbers);
}

std::string numbersIn(const fs::path& file) {
  return numbersIn(*indexVideo(file));
}

std::string fromTo(int first, int end) {
  std::vector<int> numbers;
  for (int i = first; i < end; ++i) numbers.push_back(i);
  return textOf(numbers);
}

std::string frames(int number) {
  return " -frames:v " + std::to_string(number) + " ";
}

struct Kind {
  const char* file;
  const char* encoder;
};

class EveryContainer : public testing::TestWithParam<Kind> {};

TEST_P(EveryContainer, FramesAreReadByNumber) {
  const Scratch scratch;
  const fs::path file =
      scratch.ffmpeg(std::string(numbered) + frames(count) + GetParam().encoder, GetParam().file);
  EXPECT_EQ(numbersIn(file), fromTo(0, count));
}

constexpr const char* mpeg2 = "-c:v mpeg2video -q:v 2 -g 12 -bf 2";
constexpr const char* mpeg4 = "-c:v mpeg4 -q:v 2 -g 12 -bf 2";

INSTANTIATE_TEST_SUITE_P(
    Kinds, EveryContainer,
    testing::Values(
        Kind{"h264.mp4", x264}, Kind{"h264.mov", x264}, Kind{"h264.mkv", x264}, Kind{"h264.ts", x264},
        Kind{"h264.m2ts", x264}, Kind{"h264.flv", x264}, Kind{"h264.avi", x264},
        Kind{"h264.mpg", "-c:v libx264 -pix_fmt yuv420p -g 12 -x264-params qp=4:open-gop=1 -f vob"},
        Kind{"open_gop.mp4", "-c:v libx264 -pix_fmt yuv420p -g 12 -x264-params qp=4:open-gop=1"},
        Kind{"refresh.mp4", "-c:v libx264 -pix_fmt yuv420p -g 12 -x264-params qp=4:intra-refresh=1"},
        Kind{"hevc.mp4", "-c:v libx265 -pix_fmt yuv420p -x265-params log-level=none:keyint=12:qp=4"},
        Kind{"hevc.ts", "-c:v libx265 -pix_fmt yuv420p -x265-params log-level=none:keyint=12:qp=4"},
        Kind{"vp9.webm", "-c:v libvpx-vp9 -crf 4 -b:v 0 -g 12 -auto-alt-ref 1 -lag-in-frames 10"},
        Kind{"vp8.webm", "-c:v libvpx -crf 4 -b:v 9M -g 12 -auto-alt-ref 1 -lag-in-frames 10"},
        Kind{"mpeg2.ts", mpeg2}, Kind{"mpeg2.mpg", mpeg2}, Kind{"mpeg2.vob", mpeg2}, Kind{"mpeg2.mkv", mpeg2},
        Kind{"mpeg1.mpg", "-c:v mpeg1video -q:v 2 -g 12 -bf 2"},
        Kind{"stream.mpeg", "-c:v mpeg2video -q:v 2 -g 12 -bf 2 -f mpeg2video"}, Kind{"mpeg4.avi", mpeg4},
        Kind{"mpeg4.mp4", mpeg4}, Kind{"mpeg4.3gp", mpeg4},
        Kind{"jpeg.avi", "-c:v mjpeg -pix_fmt yuvj420p -q:v 2"}, Kind{"ffv1.mkv", "-c:v ffv1"},
        Kind{"raw.avi", "-c:v rawvideo -pix_fmt yuv420p"}, Kind{"prores.mov", "-c:v prores_ks -q:v 2"},
        Kind{"wmv.wmv", "-c:v wmv2 -q:v 2 -g 12"}, Kind{"theora.ogv", "-c:v libtheora -q:v 10 -g 12"}),
    [](const auto& kind) {
      std::string name = kind.param.file;
      std::replace(name.begin(), name.end(), '.', '_');
      return name;
    });

// 30 frames at 30 per second, then 30 at 10 per second.
TEST(VideoIndex, VariableFrameRateHasEveryFrameOnce) {
  const Scratch scratch;
  for (const char* name : {"v.mp4", "v.mkv", "v.mov", "v.ts"}) {
    const fs::path file = scratch.ffmpeg(std::string(numbered) + frames(count) + x264 +
                                             " -vf \"settb=1/90000,setpts='N*3000+gt(N,30)*6000*(N-30)'\""
                                             " -fps_mode passthrough -enc_time_base 1/90000",
                                         name);
    EXPECT_EQ(numbersIn(file), fromTo(0, count)) << name;
  }
}

// Key frames are 12 and 24; an edit list hides the frames before the first displayed one.
TEST(VideoIndex, EditListHidesFrames) {
  const Scratch scratch;
  scratch.ffmpeg(std::string(numbered) + frames(count) + x264, "whole.mp4");
  for (const int first : {5, 30}) {
    const std::string from = std::to_string((first - 0.2) / 30);
    const fs::path file = scratch.ffmpeg("-ss " + from + " -i whole.mp4 -c copy", "cut.mp4");
    EXPECT_EQ(numbersIn(file), fromTo(first, count)) << first;
  }
}

// AVI declares the length of the file and of the stream.
TEST(VideoIndex, FrameCountDoesNotTrustTheHeader) {
  const Scratch scratch;
  const fs::path file = scratch.ffmpeg(std::string(numbered) + frames(count) + mpeg4, "v.avi");
  std::string bytes = test::bytesOf(file);
  bytes[bytes.find("avih") + 8 + 16 + 1] = 4;
  bytes[bytes.find("strh") + 8 + 32 + 1] = 4;
  EXPECT_EQ(numbersIn(scratch.writeBytes("v.avi", bytes)), fromTo(0, count));
}

// Frames whose reference key frame is missing are not returned.
TEST(VideoIndex, RecordingStartsAtItsFirstKeyFrame) {
  const Scratch scratch;
  const fs::path file = scratch.ffmpeg(std::string(numbered) + frames(count) + x264, "v.ts");
  const std::string bytes = test::bytesOf(file);
  constexpr std::size_t packet = 188;
  const std::size_t begin = bytes.size() / 3 / packet * packet;
  const fs::path part = scratch.writeBytes("part.ts", bytes.substr(0, 3 * packet) + bytes.substr(begin));
  const auto index = indexVideo(part);
  const int first = count - static_cast<int>(index->frames());
  EXPECT_EQ(first % 12, 0);
  EXPECT_GT(first, 0);
  EXPECT_EQ(numbersIn(*index), fromTo(first, count));
}

// Timestamps restart in the middle.
TEST(VideoIndex, ConcatenatedRecordingsHaveTheFramesOfBoth) {
  const Scratch scratch;
  const std::string a = test::bytesOf(scratch.ffmpeg(std::string(numbered) + frames(20) + x264, "a.ts"));
  const std::string b = test::bytesOf(scratch.ffmpeg(std::string(numbered) + frames(30) + x264, "b.ts"));
  EXPECT_EQ(numbersIn(scratch.writeBytes("both.ts", a + b)), fromTo(0, 20) + fromTo(0, 30));
}

TEST(VideoIndex, SmallFrameCacheReadsTheSame) {
  const Scratch scratch;
  const auto index = indexVideo(scratch.ffmpeg(std::string(numbered) + frames(count) + x264, "v.mp4"));
  VideoReader few({.idleDecoders = 1, .cachedBytes = 3 * 64 * 64 * 2});
  VideoReader many;
  for (const int frame : {0, 59, 13, 12, 11, 30, 31, 29, 30, 59}) {
    const Picture a = few.read(*index, frame);
    const Picture b = many.read(*index, frame);
    EXPECT_EQ(a.pixels, b.pixels) << frame;
  }
}

}  // namespace
}  // namespace cut::trainer
