// The element's debug categories, for GST_DEBUG.
#pragma once

#include <gst/gst.h>

namespace cut::gst {

extern GstDebugCategory* elementCategory;  // cuttranslate: states, caps, latency
extern GstDebugCategory* modelCategory;    // cuttranslate-model: models opened, swapped, rejected
extern GstDebugCategory* frameCategory;    // cuttranslate-frame: what becomes of each frame

void registerCategories();

}  // namespace cut::gst
