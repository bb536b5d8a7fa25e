// What a video is like besides its pixels.
#pragma once

#include <string>

#include "trainer/data/libav.hpp"
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

}  // namespace cut::trainer
