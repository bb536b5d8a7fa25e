// Between a video's samples and RGB: ITU-R BT.601, BT.709 and BT.2020.
#pragma once

#include <optional>
#include <string>

#include "trainer/data/libav.hpp"
#include "trainer/data/picture.hpp"

namespace cut::trainer {

// How samples of a frame stand for R'G'B'. Primaries are left as they are.
struct VideoColours {
  AVColorSpace matrix = AVCOL_SPC_BT709;
  bool fullRange = false;
  AVChromaLocation site = AVCHROMA_LOC_LEFT;
};

// The luma coefficients of ITU-R BT.601, BT.709, BT.2020 and their kin.
struct Luma {
  double red = 0;
  double blue = 0;

  double green() const noexcept { return 1 - red - blue; }
};

// Nothing for RGB and for what is no product with such a matrix.
std::optional<Luma> lumaOf(AVColorSpace matrix) noexcept;

// The usual guess for what is not tagged: BT.709 above 576 rows, else BT.601.
AVColorSpace matrixByHeight(int height) noexcept;

// As the frame is tagged. Without a matrix: by height; without a range: limited but for
// RGB, grey and the JPEG formats; without a site: left. Throws unsupported for a frame whose 8-bit R'G'B'
// would be no picture for an SDR display (HLG, PQ, linear light), for matrices that are no plain product
// (constant luminance, ICtCp), and for samples that are no integers. `name` begins the message.
VideoColours coloursOf(const AVFrame& frame, const std::string& name);

// RGB, each value rounded once; chroma is interpolated linearly at its site. Throws as coloursOf.
Picture toPicture(const AVFrame& frame, const std::string& name);

// A frame of YUV 4:2:0 with 8 bits; a row or column that the picture lacks is its last one again. Chroma is
// the mean at its site, left or centre. `colours.matrix` is one that coloursOf gives, but RGB. Throws
// outOfMemory.
FramePtr toYuv420(const Picture& picture, int width, int height, const VideoColours& colours);

}  // namespace cut::trainer
