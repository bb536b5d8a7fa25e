// SPDX-License-Identifier: MIT
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
  AVRational timeBase{1, 1000};       // seconds per unit
  AVRational framesPerSecond{25, 1};  // declared or average
  AVRational sampleAspect{0, 1};      // of a pixel, width to height; 0: unknown
  VideoColours colours = {};
  AVColorPrimaries primaries = AVCOL_PRI_UNSPECIFIED;
  AVColorTransferCharacteristic transfer = AVCOL_TRC_UNSPECIFIED;
  std::string lostSamples = {};  // what 8-bit 4:2:0 loses: "4:4:4, 10 bits", "alpha"; empty: nothing
};

struct VideoCodec {
  const char* name;                   // "H.264"
  std::vector<const char*> encoders;  // FFmpeg's names, in order of preference
  AVPixelFormat pixelFormat;          // YUV 4:2:0
  bool evenSizes;                     // the codec requires even width and height
  bool jpegColour;                    // BT.601, full range, centred chroma; else limited range, left
  std::vector<std::pair<const char*, const char*>> options;
};

struct VideoContainer {
  const char* suffix;
  const char* muxer;
  bool constantRate;               // frames have no timestamps
  std::vector<VideoCodec> codecs;  // in order of preference
};

// By suffix, in any case; null if it cannot be written.
const VideoContainer* containerOf(const std::filesystem::path& path);

bool isWritableVideoName(const std::filesystem::path& path);

// Encodes pictures to the packets of a video stream.
class VideoEncoder {
 public:
  // False if this FFmpeg has no encoder for the codec, or the encoder rejects the size; reason() says which.
  bool open(const VideoCodec& codec, int width, int height, const VideoFormat& format, bool globalHeader);

  const AVCodecContext& context() const noexcept { return *context_; }
  const VideoCodec& codec() const noexcept { return *codec_; }
  const std::string& reason() const noexcept { return reason_; }

  // Strictly increasing times, in units of the format's time base. Throws internal, outOfMemory.
  void send(const Picture& picture, std::int64_t time, std::int64_t duration);
  void finish();
  // False if no packet is ready, and at the end.
  bool receive(AVPacket& packet);

 private:
  bool openWith(const char* encoder, int width, int height, const VideoFormat& format, bool globalHeader);

  const VideoCodec* codec_ = nullptr;
  CodecPtr context_;
  VideoColours colours_;
  std::map<std::int64_t, std::int64_t> durations_;  // of frames in the encoder, by time
  std::string reason_;
};

}  // namespace cut::trainer
