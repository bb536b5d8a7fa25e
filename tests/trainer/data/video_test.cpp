// Frames by number, in any order, from several threads.
#include "trainer/data/video.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "scratch.hpp"

namespace cut::trainer {
namespace {

TEST(Video, GivesTheFrameThatIsAskedFor) {
  const test::Scratch scratch;
  const auto file = scratch.writeVideo("clip.avi", 6);
  EXPECT_EQ(countFrames(file), 6);
  VideoReader reader;
  for (const int frame : {0, 1, 5, 2, 2, 0}) {
    const Picture picture = reader.read(file, frame);
    EXPECT_EQ(picture.width, 32);
    EXPECT_EQ(picture.height, 16);
    EXPECT_NEAR(picture.pixels[picture.pixels.size() / 2], 20 + 20 * frame, 3) << frame;
  }
}

TEST(Video, MayBeReadByManyThreadsAtOnce) {
  const test::Scratch scratch;
  const auto file = scratch.writeVideo("clip.avi", 5);
  VideoReader reader;
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 3; ++thread)
      threads.emplace_back([&, thread] {
        for (int i = 0; i < 10; ++i) {
          const int frame = (i * 3 + thread) % 5;
          if (std::abs(reader.read(file, frame).pixels[0] - (20 + 20 * frame)) > 3) ++wrong;
        }
      });
  }
  EXPECT_EQ(wrong, 0);
}

// More than are kept open.
TEST(Video, ManyFilesAreReadInTurns) {
  const test::Scratch scratch;
  std::vector<std::filesystem::path> files;
  for (int i = 0; i < 12; ++i)
    files.push_back(scratch.writeVideo("clip" + std::to_string(i) + ".avi", 1 + i % 3));
  VideoReader reader;
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 12; ++i) EXPECT_NEAR(reader.read(files[i], i % 3).pixels[0], 20 + 20 * (i % 3), 3);
}

TEST(Video, ThatIsNoneIsRefusedByName) {
  const test::Scratch scratch;
  const auto file = scratch.writeBytes("clip.mp4", "no video");
  test::expectError(ErrorKind::wrongFile, {"clip.mp4"}, [&] { countFrames(file); });
  VideoReader reader;
  test::expectError(ErrorKind::wrongFile, {"clip.mp4"}, [&] { reader.read(file, 0); });
}

}  // namespace
}  // namespace cut::trainer
