// The containers and codecs of written videos, and encoding.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "trainer/data/libav.hpp"
#include "trainer/data/picture.hpp"
#include "trainer/data/video_colours.hpp"

namespace cut::trainer {

struct VideoFormat {
  AVRational timeBase{1, 1000};       // seconds of one unit of time
  AVRational framesPerSecond{25, 1};  // as stated, or on average
  AVRational sampleAspect{0, 1};      // width to height of a pixel as it is shown; 0: not known
  VideoColours colours = {};
  AVColorPrimaries primaries = AVCOL_PRI_UNSPECIFIED;
  AVColorTransferCharacteristic transfer = AVCOL_TRC_UNSPECIFIED;
  std::string samples = {};  // what 8 bits of 4:2:0 do not hold: "4:4:4, 10 bits", "alpha"; empty: nothing
};

struct VideoCodec {
  const char* name;                   // "H.264"
  std::vector<const char*> encoders;  // FFmpeg's, the best first
  AVPixelFormat samples;              // YUV 4:2:0
  bool evenSizes;                     // it has no others
  bool jpegColours;                   // always BT.601 in full range, chroma in the centre; else limited, left
  std::vector<std::pair<const char*, const char*>> options;
};

struct VideoContainer {
  const char* suffix;
  const char* muxer;
  bool constantRate;               // frames have numbers instead of times
  std::vector<VideoCodec> codecs;  // the first that can be opened is taken
};

// By the name's suffix, in any case; null for one that cannot be written.
const VideoContainer* containerOf(const std::filesystem::path& path);

bool isWritableVideoName(const std::filesystem::path& path);

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
