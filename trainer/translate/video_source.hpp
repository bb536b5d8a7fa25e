// Videos from their first frame to their last.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "trainer/data/picture.hpp"
#include "trainer/data/video_decoder.hpp"
#include "trainer/translate/video_encoder.hpp"

namespace cut::trainer {

struct VideoFrame {
  Picture picture;            // RGB, upright, deinterlaced
  std::int64_t time = 0;      // from the beginning of the file, in units of the format's time base
  std::int64_t duration = 0;  // the same; until the next frame
};

class VideoSource {
 public:
  // Decodes the first frame. Throws what VideoDecoder and toPicture throw, and wrongFile where there is none.
  explicit VideoSource(const std::filesystem::path& path);

  const VideoFormat& format() const noexcept { return format_; }
  std::int64_t statedFrames() const noexcept;  // as the container has it, right or wrong; 0: it does not say

  std::optional<VideoFrame> next();  // nothing at the end
  // libav's reason where the file ends too early or could not be decoded in parts; empty: nothing was met.
  const std::string& damage() const noexcept { return decoder_.damage(); }

 private:
  bool advance();
  VideoFormat describe() const;
  std::int64_t usualDuration() const;
  std::int64_t lastDuration() const;
  std::int64_t settleTime();
  void settleDuration();
  Picture picture();

  VideoDecoder decoder_;
  std::string name_;
  DecodedFrame before_;  // without a frame: there is none
  DecodedFrame frame_;
  DecodedFrame after_;
  VideoFormat format_;
  std::int64_t shift_ = 0;  // from the stream's times to those that are given
  std::int64_t end_ = 0;    // of the last frame that was given
};

}  // namespace cut::trainer
