// The containers and codecs that videos are written in.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "trainer/data/libav.hpp"

namespace cut::trainer {

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

}  // namespace cut::trainer
