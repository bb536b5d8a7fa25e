// SPDX-License-Identifier: MIT
// Frames by number, in any order, from several threads.
#include "trainer/data/video_reader.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cmath>
#include <fstream>
#include <thread>

#include "scratch.hpp"
#include "trainer/data/video_index.hpp"

namespace cut::trainer {
namespace {

TEST(VideoReader, FrameIsReadByNumber) {
  const test::Scratch scratch;
  const auto video = indexVideo(scratch.writeVideo("clip.avi", 6));
  EXPECT_EQ(video->frames(), 6);
  VideoReader reader;
  for (const int frame : {0, 1, 5, 2, 2, 0}) {
    const Picture picture = reader.read(*video, frame);
    EXPECT_EQ(picture.width, 32);
    EXPECT_EQ(picture.height, 16);
    EXPECT_NEAR(picture.pixels[picture.pixels.size() / 2], 20 + 20 * frame, 3) << frame;
  }
}

TEST(VideoReader, ConcurrentReadsAgree) {
  const test::Scratch scratch;
  const auto video = indexVideo(scratch.writeVideo("clip.avi", 5));
  VideoReader reader;
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 3; ++thread)
      threads.emplace_back([&, thread] {
        for (int i = 0; i < 10; ++i) {
          const int frame = (i * 3 + thread) % 5;
          if (std::abs(reader.read(*video, frame).pixels[0] - (20 + 20 * frame)) > 3) ++wrong;
        }
      });
  }
  EXPECT_EQ(wrong, 0);
}

// More files than the limit of open decoders.
TEST(VideoReader, ManyFilesAreReadAlternately) {
  const test::Scratch scratch;
  std::vector<std::shared_ptr<const VideoIndex>> videos;
  for (int i = 0; i < 12; ++i)
    videos.push_back(indexVideo(scratch.writeVideo("clip" + std::to_string(i) + ".avi", 1 + i % 3)));
  VideoReader reader;
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 12; ++i) EXPECT_NEAR(reader.read(*videos[i], i % 3).pixels[0], 20 + 20 * (i % 3), 3);
}

TEST(VideoReader, NonVideoThrowsWithItsName) {
  const test::Scratch scratch;
  const auto file = scratch.writeBytes("clip.mp4", "no video");
  test::expectError(ErrorKind::wrongFile, {"clip.mp4", "FFmpeg"}, [&] { indexVideo(file); });
}

// a, b, c, d of a display matrix: a point (x, y) is shown at (a x + c y, b x + d y).
using Matrix = std::array<int, 4>;

// Replaces the matrix of the (only) track header, version 0.
void turn(const std::filesystem::path& file, const Matrix& matrix) {
  std::string bytes = test::bytesOf(file);
  const std::size_t header = bytes.find("tkhd");
  ASSERT_NE(header, std::string::npos);
  const std::size_t places[] = {44, 48, 56, 60};
  for (int i = 0; i < 4; ++i) {
    const auto value = static_cast<std::uint32_t>(matrix[i] * 65536);
    for (int byte = 0; byte < 4; ++byte)
      bytes[header + places[i] + byte] = static_cast<char>(value >> (24 - 8 * byte) & 255);
  }
  std::ofstream(file, std::ios::binary) << bytes;
}

// The quarters of the picture have different grey values: 40, 90 above 140, 190.
TEST(VideoReader, DisplayMatrixIsApplied) {
  const test::Scratch scratch;
  for (const Matrix& m : {Matrix{1, 0, 0, 1},
                          {0, 1, -1, 0},
                          {-1, 0, 0, -1},
                          {0, -1, 1, 0},
                          {-1, 0, 0, 1},
                          {1, 0, 0, -1},
                          {0, 1, 1, 0},
                          {0, -1, -1, 0}}) {
    const auto file = scratch.ffmpeg(
        "-f lavfi -i \"color=c=black:s=64x48:d=0.2,format=gray,geq=lum='40+50*gt(X,31)+100*gt(Y,23)'\""
        " -pix_fmt yuvj420p -c:v libx264 -qp 4",
        "v.mp4");
    turn(file, m);
    VideoReader reader;
    const Picture picture = reader.read(*indexVideo(file), 0);
    const bool transposed = m[0] == 0;
    ASSERT_EQ(picture.width, transposed ? 48 : 64);
    ASSERT_EQ(picture.height, transposed ? 64 : 48);
    for (const int x : {-1, 1})
      for (const int y : {-1, 1}) {
        const int column = m[0] * x + m[2] * y;
        const int row = m[1] * x + m[3] * y;
        const std::uint8_t* pixel =
            picture.row(picture.height / 2 + row * 10) + (picture.width / 2 + column * 10) * 3;
        EXPECT_NEAR(*pixel, 40 + (x > 0 ? 50 : 0) + (y > 0 ? 100 : 0), 3)
            << m[0] << m[1] << m[2] << m[3] << ": " << x << ", " << y;
      }
  }
}

TEST(VideoReader, RotationByAnotherAngleThrows) {
  const test::Scratch scratch;
  const auto file = scratch.ffmpeg("-f lavfi -i testsrc=s=64x48:d=0.2 -c:v libx264", "v.mp4");
  turn(file, {1, 1, -1, 1});
  test::expectError(ErrorKind::unsupported, {"v.mp4", "90"}, [&] { indexVideo(file); });
}

// Mean difference of adjacent rows, which is large if they are of different times (combing).
double combing(const Picture& picture) {
  double sum = 0;
  for (int y = 1; y < picture.height; ++y)
    for (std::size_t i = 0; i < picture.rowBytes(); ++i)
      sum += std::abs(picture.row(y)[i] - picture.row(y - 1)[i]);
  return sum / static_cast<double>(picture.pixels.size());
}

// A bar that moves by 4 columns between the fields.
constexpr const char* movingBar =
    "-f lavfi -i \"color=c=black:s=128x96:r=50:d=2,format=gray,geq=lum='16+200*between(X-N,8,16)'\" "
    "-vf tinterlace=interleave_top,setfield=tff,format=yuv420p";

TEST(VideoReader, InterlacedFramesAreDeinterlaced) {
  const test::Scratch scratch;
  for (const char* codec : {"-flags +ildct+ilme -c:v mpeg2video -q:v 2 -g 6 v.ts",
                            "-c:v libx264 -x264-params tff=1:keyint=8:qp=8 v.mp4"}) {
    const std::string text = codec;
    const std::size_t space = text.rfind(' ');
    const auto video = indexVideo(
        scratch.ffmpeg(std::string(movingBar) + " " + text.substr(0, space), text.substr(space + 1)));
    ASSERT_EQ(video->frames(), 50);
    VideoReader inOrder;
    std::vector<Picture> pictures;
    for (int i = 0; i < 50; ++i) pictures.push_back(inOrder.read(*video, i));
    EXPECT_LT(combing(pictures[20]), 1) << codec;
    for (const int i : {31, 49, 0, 30, 12}) {
      VideoReader alone;
      EXPECT_EQ(alone.read(*video, i), pictures[i]) << codec << i;
    }
  }
}

TEST(VideoReader, FileWithoutAVideoTrackThrows) {
  const test::Scratch scratch;
  const auto file = scratch.ffmpeg("-f lavfi -i sine=d=0.2 -c:a aac", "sound.mp4");
  test::expectError(ErrorKind::wrongFile, {"sound.mp4", "without a video track"}, [&] { indexVideo(file); });
}

// Playlists and scripts are not videos, whatever their suffix, and the files that they name are not opened.
TEST(VideoReader, PlaylistsOfOtherFilesThrow) {
  const test::Scratch scratch;
  scratch.ffmpeg("-f lavfi -i testsrc=s=64x48:d=0.2 -c:v libx264", "other.ts");
  for (const std::string& text :
       {std::string("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nother.ts\n#EXT-X-ENDLIST\n"),
        std::string("ffconcat version 1.0\nfile other.ts\n")})
    test::expectError(ErrorKind::wrongFile, {"list.mp4"},
                      [&] { indexVideo(scratch.writeBytes("list.mp4", text)); });
}

TEST(VideoReader, TruncatedVideoHasItsFramesSoFar) {
  const test::Scratch scratch;
  for (const char* name : {"v.mkv", "v.ts", "v.avi", "v.mpg"}) {
    const std::string codec = std::string(name) == "v.avi"   ? "mpeg4"
                              : std::string(name) == "v.mpg" ? "mpeg2video"
                                                             : "libx264";
    const auto whole = scratch.ffmpeg("-f lavfi -i testsrc=s=64x48:r=25:d=2 -g 10 -c:v " + codec, name);
    const std::int64_t frames = indexVideo(whole)->frames();
    EXPECT_EQ(frames, 50) << name;
    const std::string bytes = test::bytesOf(whole);
    const auto video =
        indexVideo(scratch.writeBytes(std::string("cut_") + name, bytes.substr(0, bytes.size() * 6 / 10)));
    EXPECT_LT(video->frames(), 45) << name;
    EXPECT_GT(video->frames(), 5) << name;
    VideoReader reader;
    // The last one may be half there.
    for (std::int64_t i = 0; i + 1 < video->frames(); ++i)
      EXPECT_EQ(reader.read(*video, i).width, 64) << name << i;
  }
}

// Frames from the next key frame on are unchanged.
TEST(VideoReader, DamagedFrameIsNamedAndOthersAreRead) {
  const test::Scratch scratch;
  const auto whole =
      scratch.ffmpeg("-f lavfi -i testsrc2=s=128x96:r=25:d=2 -g 10 -bf 0 -c:v libx264", "v.mp4");
  std::string bytes = test::bytesOf(whole);
  const auto video = indexVideo(whole);
  const std::size_t middle = bytes.find("mdat") + (bytes.size() - bytes.find("mdat")) / 2;
  for (std::size_t i = middle; i < middle + 400; ++i) bytes[i] = static_cast<char>(i * 7);
  const auto damaged = indexVideo(scratch.writeBytes("damaged.mp4", bytes));
  EXPECT_EQ(damaged->frames(), video->frames());
  VideoReader reader;
  int refused = 0;
  for (std::int64_t i = 0; i < video->frames(); ++i) {
    try {
      const Picture picture = reader.read(*damaged, i);
      const bool far = i < 10 || i >= 40;
      EXPECT_TRUE(!far || picture == reader.read(*video, i)) << i;
    } catch (const Error& error) {
      ++refused;
      EXPECT_THAT(error.what(), testing::HasSubstr("damaged.mp4: frame " + std::to_string(i)));
    }
  }
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, 30);
}

TEST(VideoReader, DecodingPrintsNothingOnStderr) {
  const test::Scratch scratch;
  const auto whole = scratch.ffmpeg("-f lavfi -i testsrc=s=64x48:r=25:d=2 -g 10 -c:v libx264", "v.ts");
  std::string bytes = test::bytesOf(whole);
  for (std::size_t i = bytes.size() / 2; i < bytes.size() / 2 + 2000; i += 3) bytes[i] = 'x';
  const auto damaged = scratch.writeBytes("damaged.ts", bytes);
  testing::internal::CaptureStderr();
  const auto video = indexVideo(damaged);
  VideoReader reader;
  reader.read(*video, video->frames() - 1);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace cut::trainer
