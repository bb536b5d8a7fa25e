// SPDX-License-Identifier: MIT
// Frames of video files by number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "trainer/data/picture.hpp"

namespace cut::trainer {

class VideoIndex;

struct VideoReaderLimits {
  std::size_t idleDecoders = 8;                      // kept open; one of 1080p holds about 50 MB
  std::size_t cachedBytes = std::size_t{256} << 20;  // of decoded frames
};

// Reads any frame by seeking to the key frame before it. Decoders and decoded frames are cached, because
// datasets are read in random order. Any number of threads may read at once; two that read the same video
// have a decoder each.
class VideoReader {
 public:
  explicit VideoReader(const VideoReaderLimits& limits = {});
  ~VideoReader();
  VideoReader(const VideoReader&) = delete;
  VideoReader& operator=(const VideoReader&) = delete;

  // RGB, upright, deinterlaced. Frames count from 0. The result does not depend on earlier reads. Throws
  // wrongFile for a frame that does not exist, cannot be decoded, or is beyond maxPixels; and as toPicture.
  Picture read(const VideoIndex& index, std::int64_t number);

 private:
  class FrameCache;
  std::unique_ptr<FrameCache> cache_;
};

}  // namespace cut::trainer
