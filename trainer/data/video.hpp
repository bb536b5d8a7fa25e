// Frames of video files by number.
#pragma once

#include <filesystem>
#include <memory>

#include "trainer/data/picture.hpp"

namespace cut::trainer {

// As its container says, or counted where it does not say. Throws wrongFile where it cannot be opened or has
// no frame.
std::int64_t countFrames(const std::filesystem::path& path);

// Keeps the last few videos open. Any number of threads may read at once; two that read the same video have a
// decoder each.
class VideoReader {
 public:
  VideoReader();
  ~VideoReader();
  VideoReader(const VideoReader&) = delete;
  VideoReader& operator=(const VideoReader&) = delete;

  // Frames count from 0. Always sought, also where it is the next one: what comes back must not depend on who
  // read before. Throws wrongFile where the video cannot be opened, has no such frame, or is beyond
  // maxPixels.
  Picture read(const std::filesystem::path& path, std::int64_t frame);

 private:
  class Decoders;
  std::unique_ptr<Decoders> decoders_;
};

}  // namespace cut::trainer
