#include "frame_meta.hpp"

#include "gstcuttranslatemeta.h"

namespace cut::gst {
void registerFrameMeta() {
  static const gchar* tags[] = {nullptr};  // true whatever is done to the picture later
  gst_meta_register_custom(GST_CUT_TRANSLATE_META_NAME, tags, nullptr, nullptr, nullptr);
}

bool isFrameMeta(const GstMeta* meta) {
  return gst_meta_info_is_custom(meta->info) &&
         gst_custom_meta_has_name(reinterpret_cast<GstCustomMeta*>(const_cast<GstMeta*>(meta)),
                                  GST_CUT_TRANSLATE_META_NAME);
}

void addFrameMeta(const Frame& frame) {
  const bool translated = frame.outcome == FrameOutcome::translated;
  const auto inference = static_cast<GstClockTime>(frame.times.inference * GST_SECOND);
  GstCustomMeta* meta = gst_buffer_add_custom_meta(frame.out.get(), GST_CUT_TRANSLATE_META_NAME);
  gst_structure_set(gst_custom_meta_get_structure(meta), "model", G_TYPE_STRING, frame.model.c_str(),
                    "translated", G_TYPE_BOOLEAN, translated, "outcome", G_TYPE_STRING, nameOf(frame.outcome),
                    "reason", G_TYPE_STRING, frame.reason, "inference-time", G_TYPE_UINT64,
                    translated ? inference : 0, "strength", G_TYPE_DOUBLE,
                    translated ? frame.controls.strength : 0.0, nullptr);
}

}  // namespace cut::gst
