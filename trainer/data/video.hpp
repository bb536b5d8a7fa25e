// Frames of video files by number.
#pragma once

#include <cstdint>
#include <memory>

#include "trainer/data/picture.hpp"

namespace cut::trainer {

class VideoIndex;

// Reads any frame from the key frame before it. Keeps the last few videos open and the last decoded frames in
// memory. Any number of threads may read at once; two that read the same video have a decoder each.
class VideoReader {
 public:
  VideoReader();
  ~VideoReader();
  VideoReader(const VideoReader&) = delete;
  VideoReader& operator=(const VideoReader&) = delete;

  // RGB, upright, deinterlaced. Frames count from 0. What comes back does not depend on who read before.
  // Throws wrongFile where there is no such frame, it cannot be decoded, or is beyond maxPixels; and as
  // toPicture.
  Picture read(const VideoIndex& index, std::int64_t frame);

 private:
  class Frames;
  std::unique_ptr<Frames> frames_;
};

}  // namespace cut::trainer
