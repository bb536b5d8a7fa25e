// SPDX-License-Identifier: MIT
/* GstCutTranslateMeta: how cuttranslate made an output buffer, for applications in C and C++. It is a
 * GstCustomMeta: from Python, buffer.get_custom_meta("GstCutTranslateMeta").get_structure() has the same
 * fields. Only GStreamer needs to be linked. */
#ifndef GST_CUT_TRANSLATE_META_H
#define GST_CUT_TRANSLATE_META_H

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_CUT_TRANSLATE_META_NAME "GstCutTranslateMeta"

typedef struct {
  const gchar* model;          /* path of the model; belongs to the buffer */
  gboolean translated;         /* whether the picture is this frame's translation */
  const gchar* outcome;        /* "translated", "passed" (the input) or "repeated" (an earlier output) */
  const gchar* reason;         /* why it was not translated: "disabled", "late", "error"; else "" */
  GstClockTime inference_time; /* nanoseconds in the engine; 0 where it was not translated */
  gdouble strength;            /* of the translation in the picture, 0 to 1 */
} GstCutTranslateInfo;

/* gst_buffer_get_cut_translate_info:
 * @buffer: a buffer
 * @info: (out): is filled in
 *
 * Returns: whether @buffer is an output of cuttranslate */
static inline gboolean gst_buffer_get_cut_translate_info(GstBuffer* buffer, GstCutTranslateInfo* info) {
  GstCustomMeta* meta = gst_buffer_get_custom_meta(buffer, GST_CUT_TRANSLATE_META_NAME);
  GstStructure* fields;
  if (!meta) return FALSE;
  fields = gst_custom_meta_get_structure(meta);
  info->model = gst_structure_get_string(fields, "model");
  info->outcome = gst_structure_get_string(fields, "outcome");
  info->reason = gst_structure_get_string(fields, "reason");
  return gst_structure_get_boolean(fields, "translated", &info->translated) &&
         gst_structure_get_uint64(fields, "inference-time", &info->inference_time) &&
         gst_structure_get_double(fields, "strength", &info->strength);
}

G_END_DECLS

#endif /* GST_CUT_TRANSLATE_META_H */
