// Pictures to the packets of a video track.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "trainer/data/libav.hpp"
#include "trainer/data/picture.hpp"
#include "trainer/translate/video_container.hpp"
#include "trainer/translate/video_format.hpp"

namespace cut::trainer {

class VideoEncoder {
 public:
  // False where this FFmpeg has no encoder for the codec, or it does not take the size; reason() says why.
  bool open(const VideoCodec& codec, int width, int height, const VideoFormat& format, bool globalHeader);

  const AVCodecContext& context() const noexcept { return *context_; }
  const VideoCodec& codec() const noexcept { return *codec_; }
  const std::string& reason() const noexcept { return reason_; }

  // Times in units of the format's time base, each later than the one before. Throws internal, outOfMemory.
  void send(const Picture& picture, std::int64_t time, std::int64_t duration);
  void finish();
  // False where there is none yet, and at the end.
  bool receive(AVPacket& packet);

 private:
  bool openWith(const char* encoder, int width, int height, const VideoFormat& format, bool globalHeader);

  const VideoCodec* codec_ = nullptr;
  CodecPtr context_;
  VideoColours colours_;
  std::map<std::int64_t, std::int64_t> durations_;  // of the frames in the encoder, by their times
  std::string reason_;
};

}  // namespace cut::trainer
