#include "debug.hpp"

namespace cut::gst {

GstDebugCategory* elementCategory = nullptr;
GstDebugCategory* modelCategory = nullptr;
GstDebugCategory* frameCategory = nullptr;

void registerCategories() {
  GST_DEBUG_CATEGORY_INIT(elementCategory, "cuttranslate", 0,
                          "Translation of video into another visual domain: states, caps, latency");
  GST_DEBUG_CATEGORY_INIT(modelCategory, "cuttranslate-model", 0, "cuttranslate: models opened and swapped");
  GST_DEBUG_CATEGORY_INIT(frameCategory, "cuttranslate-frame", 0, "cuttranslate: what becomes of each frame");
}

}  // namespace cut::gst
