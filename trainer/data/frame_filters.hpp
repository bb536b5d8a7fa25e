// SPDX-License-Identifier: MIT
// Decoded frames of a video as a player shows them: deinterlaced and upright.
#pragma once

#include <string>

#include "trainer/data/libav.hpp"
#include "trainer/data/picture.hpp"

namespace cut::trainer {

// The progressive frame at the time of the frame's first field, interpolated by FFmpeg's bwdif from this
// frame and its neighbours (null at the ends of a video). It depends on these three alone. Throws internal if
// libavfilter fails.
FramePtr deinterlaced(const AVFrame* previous, const AVFrame& frame, const AVFrame* next);

// Transposed first, then mirrored.
struct Orientation {
  bool transposed = false;
  bool mirrored = false;  // left and right
  bool flipped = false;   // top and bottom

  bool operator==(const Orientation&) const = default;
};

// From the frame's display matrix, else the stream's. Throws unsupported if it is not a rotation by a
// multiple of 90 degrees. `name` begins the message.
Orientation orientationOf(const AVFrame& frame, const AVStream& stream, const std::string& name);

Picture oriented(Picture picture, const Orientation& orientation);

}  // namespace cut::trainer
