// SPDX-License-Identifier: MIT
// The element `cuttranslate`: a GstVideoFilter that translates every frame into another visual domain.
#pragma once

#include <gst/video/gstvideofilter.h>

namespace cut::gst {
struct TranslateState;
}  // namespace cut::gst

G_BEGIN_DECLS

#define GST_TYPE_CUT_TRANSLATE (gst_cut_translate_get_type())
G_DECLARE_FINAL_TYPE(GstCutTranslate, gst_cut_translate, GST, CUT_TRANSLATE, GstVideoFilter)

struct _GstCutTranslate {
  GstVideoFilter parent;
  cut::gst::TranslateState* state;  // made in _init, deleted in _finalize
};

GST_ELEMENT_REGISTER_DECLARE(cuttranslate)

G_END_DECLS
