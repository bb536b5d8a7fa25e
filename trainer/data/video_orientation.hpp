// How a player turns the frames of a video before it shows them.
#pragma once

#include <string>

#include "trainer/data/libav.hpp"
#include "trainer/data/picture.hpp"

namespace cut::trainer {

// First rows and columns change places, then columns and rows are mirrored.
struct Orientation {
  bool transposed = false;
  bool mirrored = false;  // left and right
  bool flipped = false;   // top and bottom

  bool operator==(const Orientation&) const = default;
};

// Of the frame's display matrix, else the stream's. Throws unsupported for one that is no multiple of a
// quarter turn. `name` begins the message.
Orientation orientationOf(const AVFrame& frame, const AVStream& stream, const std::string& name);

Picture oriented(Picture picture, const Orientation& orientation);

}  // namespace cut::trainer
