// SPDX-License-Identifier: MIT
// Reads a video from its first frame to its last.
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
  std::int64_t time = 0;      // from the start of the file, in units of the format's time base
  std::int64_t duration = 0;  // same unit; until the next frame
};

class VideoSource {
 public:
  // Decodes the first frame. Throws as VideoDecoder and toPicture do, and wrongFile if there is none.
  explicit VideoSource(const std::filesystem::path& path);

  const VideoFormat& format() const noexcept { return format_; }
  std::int64_t declaredFrames() const noexcept;  // by the container, possibly wrong; 0: unknown

  std::optional<VideoFrame> next();  // nothing at the end
  // libav's message if the file is truncated or was decoded in part; empty: no damage was found.
  const std::string& damage() const noexcept { return decoder_.damage(); }

 private:
  bool advance();
  VideoFormat describe() const;
  std::int64_t nominalDuration() const;
  std::int64_t lastDuration() const;
  std::int64_t outputTime();
  void setDuration();
  Picture picture();

  VideoDecoder decoder_;
  std::string name_;
  DecodedFrame previous_;  // frame is null at the ends of the video
  DecodedFrame current_;
  DecodedFrame next_;
  VideoFormat format_;
  std::int64_t timeOffset_ = 0;  // added to the stream's times
  std::int64_t end_ = 0;         // of the last returned frame
};

}  // namespace cut::trainer
