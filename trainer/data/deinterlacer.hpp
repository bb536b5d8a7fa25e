// Interlaced frames to whole pictures.
#pragma once

#include "trainer/data/libav.hpp"

namespace cut::trainer {

// The picture of the frame's first field; its other lines from the frame itself and from those before and
// after it (either may be null, at an end), as FFmpeg's bwdif computes them. It depends on these three alone.
// Throws internal where libavfilter fails.
FramePtr deinterlaced(const AVFrame* before, const AVFrame& frame, const AVFrame* after);

}  // namespace cut::trainer
