#include "caps.hpp"

namespace cut::gst {
namespace {

// Sets `field` of `structure` to what it shares with `allowed`; false where that is nothing. An absent field
// means the default, which is always served.
bool narrow(GstStructure* structure, const char* field, const GValue* allowed) {
  const GValue* value = gst_structure_get_value(structure, field);
  if (!value) return true;
  GValue common = G_VALUE_INIT;
  if (!gst_value_intersect(&common, value, allowed)) return false;
  gst_structure_take_value(structure, field, &common);
  return true;
}

// A structure whose fields are the allowed values.
StructurePtr allowedFields(int channels) {
  const char* formats = channels == 3   ? "{ " CUT_RGB_FORMATS ", " CUT_YUV_FORMATS " }"
                        : channels == 1 ? CUT_GRAY_FORMATS  // no list of one: that would not be fixed
                                        : CUT_ALL_FORMATS;
  g_autofree char* text =
      g_strconcat("allowed, format=(string)", formats,
                  ", interlace-mode=(string)progressive, "
                  "multiview-mode=(string){ mono, left, right, frame-by-frame, multiview-frame-by-frame }",
                  nullptr);
  return StructurePtr(gst_structure_from_string(text, nullptr));
}

}  // namespace

CapsPtr servable(const GstCaps* caps, int channels) {
  const StructurePtr allowed = allowedFields(channels);
  CapsPtr result(gst_caps_new_empty());
  for (guint i = 0; i < gst_caps_get_size(caps); ++i) {
    StructurePtr structure(gst_structure_copy(gst_caps_get_structure(caps, i)));
    bool served = true;
    for (const char* field : {"format", "interlace-mode", "multiview-mode"})
      served = served && narrow(structure.get(), field, gst_structure_get_value(allowed.get(), field));
    if (!served) continue;
    if (!gst_structure_has_field(structure.get(), "format"))
      gst_structure_set_value(structure.get(), "format", gst_structure_get_value(allowed.get(), "format"));
    gst_caps_append_structure_full(result.get(), structure.release(),
                                   gst_caps_features_copy(gst_caps_get_features(caps, i)));
  }
  return result;
}

CapsPtr preferred(const GstCaps* caps, int channels) {
  // An order between structures, so that no order of `caps` comes before it. It names formats alone: a range
  // of anything else would be added to fixed caps that leave it out.
  const CapsPtr order(gst_caps_from_string("video/x-raw, format={ " CUT_RGB_FORMATS " };"
                                           "video/x-raw, format={ " CUT_YUV_FORMATS " };"
                                           "video/x-raw, format={ " CUT_GRAY_FORMATS " }"));
  const CapsPtr sorted(
      gst_caps_intersect_full(order.get(), const_cast<GstCaps*>(caps), GST_CAPS_INTERSECT_FIRST));
  CapsPtr result = servable(sorted.get(), channels);
  for (guint i = 0; i < gst_caps_get_size(result.get()); ++i) {
    GstStructure* structure = gst_caps_get_structure(result.get(), i);
    if (!gst_structure_has_field(structure, "interlace-mode"))
      gst_structure_set(structure, "interlace-mode", G_TYPE_STRING, "progressive", nullptr);
  }
  return result;
}

int channelsOf(const GstVideoInfo& info) {
  return GST_VIDEO_INFO_FORMAT(&info) == GST_VIDEO_FORMAT_GRAY8 ? 1 : 3;
}

const char* refusal(const GstVideoInfo& info) {
  if (GST_VIDEO_INFO_IS_INTERLACED(&info))
    return "interlaced video: fields of two moments would be translated as one picture; put deinterlace "
           "before it";
  switch (GST_VIDEO_INFO_MULTIVIEW_MODE(&info)) {
    case GST_VIDEO_MULTIVIEW_MODE_NONE:
    case GST_VIDEO_MULTIVIEW_MODE_MONO:
    case GST_VIDEO_MULTIVIEW_MODE_LEFT:
    case GST_VIDEO_MULTIVIEW_MODE_RIGHT:
    case GST_VIDEO_MULTIVIEW_MODE_FRAME_BY_FRAME:
    case GST_VIDEO_MULTIVIEW_MODE_MULTIVIEW_FRAME_BY_FRAME:
      return nullptr;
    default:
      return "several views packed into one frame would be translated as one picture; split the views before "
             "it";
  }
}

std::string refusal(const GstCaps* caps, int channels) {
  GstVideoInfo info;
  if (!gst_video_info_from_caps(&info, caps)) return "not raw video: put a decoder before it";
  if (const char* why = refusal(info)) return why;
  if (GST_VIDEO_INFO_WIDTH(&info) > CUT_LARGEST_SIDE || GST_VIDEO_INFO_HEIGHT(&info) > CUT_LARGEST_SIDE)
    return "sides beyond " G_STRINGIFY(CUT_LARGEST_SIDE) " pixels: put videoscale or videocrop before it";
  const GstCapsFeatures* features = gst_caps_get_features(caps, 0);
  for (guint i = 0; features && i < gst_caps_features_get_size(features); ++i)
    if (const char* feature = gst_caps_features_get_nth(features, i); g_str_has_prefix(feature, "meta:"))
      return std::string("caps that promise ") + feature +
             ", which the element does not know: have what is before it leave that out";
  if (features && !gst_caps_features_is_equal(features, GST_CAPS_FEATURES_MEMORY_SYSTEM_MEMORY))
    return "frames in memory of another kind: put what brings them into system memory before it "
           "(cudadownload, gldownload)";
  const std::string came = GST_VIDEO_INFO_NAME(&info);
  if (channels == 1)
    return came + ", and the model takes GRAY8: put videoconvert before it, which makes that";
  if (channels == 3)
    return came +
           ", and the model takes colours, in another format (gst-inspect-1.0 cuttranslate lists them): "
           "put videoconvert before it, which makes RGB";
  return came + ", which the element does not take: put videoconvert before it";
}

}  // namespace cut::gst
