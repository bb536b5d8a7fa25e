// Pictures of one format put together: mixed, or side by side.
#pragma once

#include <gst/video/video.h>

namespace cut::gst {

// onto = onto + (other - onto) * weight, in the format's own samples; weight from 0 to 1 in steps of 1/256.
void mix(GstVideoFrame* onto, const GstVideoFrame* other, double weight);

// The columns left of `part` (0 to 1) of the width become those of `other`, as far as subsampled chroma has
// whole samples.
void copyLeft(GstVideoFrame* onto, const GstVideoFrame* other, double part);

// All of it. gst_video_frame_copy leaves out half of the last macropixel of an odd width in YUY2 and UYVY.
void copyFrame(GstVideoFrame* onto, const GstVideoFrame* other);

}  // namespace cut::gst
