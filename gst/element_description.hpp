// What gst-inspect-1.0 says of the element as a whole, and its pads.
#pragma once

#include <gst/gst.h>

namespace cut::gst {

void describeElement(GstElementClass* klass);

}  // namespace cut::gst
