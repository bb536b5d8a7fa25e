// GstCutTranslateMeta: what consumers learn of a frame (gstcuttranslatemeta.h).
#pragma once

#include "frame.hpp"

namespace cut::gst {

void registerFrameMeta();
bool isFrameMeta(const GstMeta* meta);
// To the frame's output.
void addFrameMeta(const Frame& frame);

}  // namespace cut::gst
