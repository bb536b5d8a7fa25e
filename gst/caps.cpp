// SPDX-License-Identifier: MIT
#include "caps.hpp"

namespace cut::gst {
namespace {

// RGB comes first, so that free negotiation does not subsample chroma.
#define CUT_RGB_FORMATS "RGB, BGR, RGBx, BGRx, xRGB, xBGR, RGBA, BGRA, ARGB, ABGR"
#define CUT_YUV_FORMATS                                                                                    \
  "NV12, NV21, I420, YV12, YUY2, UYVY, P010_10LE, YVYU, VYUY, Y42B, NV16, NV61, Y444, NV24, v308, IYU2, "  \
  "A420, AYUV, VUYA, P012_LE, P016_LE, I420_10LE, I420_12LE, A420_10LE, I422_10LE, I422_12LE, A422_10LE, " \
  "Y444_10LE, Y444_12LE, Y444_16LE, A444_10LE, GBR, GBRA, GBR_10LE, GBRA_10LE, GBR_12LE, GBRA_12LE"
#define CUT_GRAY_FORMATS "GRAY8"
#define CUT_ALL_FORMATS "{ " CUT_RGB_FORMATS ", " CUT_YUV_FORMATS ", " CUT_GRAY_FORMATS " }"
#define CUT_LARGEST_SIDE 32768  // of libcuttranslate's frames
#define CUT_SIDES "(int) [ 1, " G_STRINGIFY(CUT_LARGEST_SIDE) " ]"
// Without a framerate: a range would be added to caps that name none, and they would no longer be fixed.
#define CUT_CAPS \
  "video/x-raw, format = (string) " CUT_ALL_FORMATS ", width = " CUT_SIDES ", height = " CUT_SIDES

GstStaticPadTemplate sinkTemplate =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(CUT_CAPS));
GstStaticPadTemplate sourceTemplate =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(CUT_CAPS));

// Intersects `field` with `allowed`; false where nothing is left. An absent field means the default, which is
// always supported.
bool intersectField(GstStructure* structure, const char* field, const GValue* allowed) {
  const GValue* value = gst_structure_get_value(structure, field);
  if (!value) return true;
  GValue common = G_VALUE_INIT;
  if (!gst_value_intersect(&common, value, allowed)) return false;
  gst_structure_take_value(structure, field, &common);
  return true;
}

// The supported values of the three fields that decide.
StructurePtr supportedFields(int channels) {
  const char* formats = channels == 3   ? "{ " CUT_RGB_FORMATS ", " CUT_YUV_FORMATS " }"
                        : channels == 1 ? CUT_GRAY_FORMATS  // a list of one would not be fixed
                                        : CUT_ALL_FORMATS;
  g_autofree char* text =
      g_strconcat("supported, format=(string)", formats,
                  ", interlace-mode=(string)progressive, "
                  "multiview-mode=(string){ mono, left, right, frame-by-frame, multiview-frame-by-frame }",
                  nullptr);
  return StructurePtr(gst_structure_from_string(text, nullptr));
}

GstPad* padOf(GstBaseTransform* base, GstPadDirection direction) {
  return direction == GST_PAD_SINK ? GST_BASE_TRANSFORM_SINK_PAD(base) : GST_BASE_TRANSFORM_SRC_PAD(base);
}

// The first of `offered` in system memory, fixed; nullptr where there is none. Decoders ask about one kind of
// memory after another: only when that for system memory is refused, negotiation has failed.
CapsPtr fixedExample(const GstCaps* offered) {
  for (guint i = 0; i < gst_caps_get_size(offered); ++i)
    if (gst_caps_features_is_equal(gst_caps_get_features(offered, i), GST_CAPS_FEATURES_MEMORY_SYSTEM_MEMORY))
      return CapsPtr(gst_caps_fixate(gst_caps_copy_nth(offered, i)));
  return nullptr;
}

void explainUnsupportedOffer(GstPad* sink, const GstCaps* offered, int channels, CapsErrors& errors) {
  if (!offered || gst_caps_is_any(offered) || gst_caps_is_empty(offered)) return;
  if (!gst_pad_is_active(sink) || !gst_pad_is_linked(sink) || gst_pad_has_current_caps(sink)) return;
  const CapsPtr ours(gst_pad_get_pad_template_caps(sink));
  if (gst_caps_can_intersect(supportedCaps(offered, channels).get(), ours.get())) return;
  if (const CapsPtr example = fixedExample(offered)) errors.postRefused(example.get(), channels);
}

// The sink pad of an element whose source pad passes caps on unchanged (a queue, a ghost pad); nullptr for
// others.
PadPtr sinkOfProxy(GstPad* source) {
  const IteratorPtr links(gst_pad_iterate_internal_links(source));
  GValue item = G_VALUE_INIT;
  if (!links || gst_iterator_next(links.get(), &item) != GST_ITERATOR_OK) return nullptr;
  PadPtr sink(GST_PAD(g_value_dup_object(&item)));
  g_value_unset(&item);
  return GST_PAD_IS_PROXY_CAPS(sink.get()) ? std::move(sink) : nullptr;
}

// Whether a pad upstream of `sink` has sent `caps`, or is sending them. ACCEPT_CAPS asks about such caps
// before their event, and where it is refused the event never arrives; queues and ghost pads pass the query
// on, and hold the event back. Any other query is only a question.
bool sentFromUpstream(GstPad* sink, const GstCaps* caps) {
  PadPtr pad(GST_PAD(gst_object_ref(sink)));
  for (int depth = 0; pad && depth < 64; ++depth) {
    const PadPtr source(gst_pad_get_peer(pad.get()));
    if (!source) return false;
    const CapsPtr sent(gst_pad_get_current_caps(source.get()));
    if (sent && gst_caps_is_equal(sent.get(), caps)) return true;
    pad = sinkOfProxy(source.get());
  }
  return false;
}

}  // namespace

void addPadTemplates(GstElementClass* klass) {
  gst_element_class_add_static_pad_template(klass, &sinkTemplate);
  gst_element_class_add_static_pad_template(klass, &sourceTemplate);
}

CapsPtr supportedCaps(const GstCaps* caps, int channels) {
  const StructurePtr supported = supportedFields(channels);
  CapsPtr result(gst_caps_new_empty());
  for (guint i = 0; i < gst_caps_get_size(caps); ++i) {
    StructurePtr structure(gst_structure_copy(gst_caps_get_structure(caps, i)));
    bool supports = true;
    for (const char* field : {"format", "interlace-mode", "multiview-mode"})
      supports =
          supports && intersectField(structure.get(), field, gst_structure_get_value(supported.get(), field));
    if (!supports) continue;
    if (!gst_structure_has_field(structure.get(), "format"))
      gst_structure_set_value(structure.get(), "format", gst_structure_get_value(supported.get(), "format"));
    gst_caps_append_structure_full(result.get(), structure.release(),
                                   gst_caps_features_copy(gst_caps_get_features(caps, i)));
  }
  return result;
}

CapsPtr preferredCaps(const GstCaps* caps, int channels) {
  // The order is one of structures, which comes before any order within `caps`. Only formats are named: a
  // range of another field would be added to fixed caps that lack it.
  const CapsPtr order(gst_caps_from_string("video/x-raw, format={ " CUT_RGB_FORMATS " };"
                                           "video/x-raw, format={ " CUT_YUV_FORMATS " };"
                                           "video/x-raw, format={ " CUT_GRAY_FORMATS " }"));
  const CapsPtr sorted(
      gst_caps_intersect_full(order.get(), const_cast<GstCaps*>(caps), GST_CAPS_INTERSECT_FIRST));
  CapsPtr result = supportedCaps(sorted.get(), channels);
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

const char* unsupportedReason(const GstVideoInfo& info) {
  if (GST_VIDEO_INFO_IS_INTERLACED(&info))
    return "interlaced video: two fields of different times would be translated as one picture; put "
           "deinterlace before it";
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

std::string unsupportedReason(const GstCaps* caps, int channels) {
  GstVideoInfo info;
  if (!gst_video_info_from_caps(&info, caps)) return "not raw video: put a decoder before it";
  if (const char* reason = unsupportedReason(info)) return reason;
  if (GST_VIDEO_INFO_WIDTH(&info) > CUT_LARGEST_SIDE || GST_VIDEO_INFO_HEIGHT(&info) > CUT_LARGEST_SIDE)
    return "sides beyond " G_STRINGIFY(CUT_LARGEST_SIDE) " pixels: put videoscale or videocrop before it";
  const GstCapsFeatures* features = gst_caps_get_features(caps, 0);
  for (guint i = 0; features && i < gst_caps_features_get_size(features); ++i)
    if (const char* feature = gst_caps_features_get_nth(features, i); g_str_has_prefix(feature, "meta:"))
      return std::string("caps feature ") + feature +
             ", which the element does not support: have upstream leave it out";
  if (features && !gst_caps_features_is_equal(features, GST_CAPS_FEATURES_MEMORY_SYSTEM_MEMORY))
    return "frames that are not in system memory: put a download element before it (cudadownload, "
           "gldownload)";
  const std::string format = GST_VIDEO_INFO_NAME(&info);
  if (channels == 1) return format + ", and the model takes GRAY8: put videoconvert before it";
  if (channels == 3)
    return format +
           ", and the model takes RGB and YUV formats (gst-inspect-1.0 cuttranslate lists them): "
           "put videoconvert before it";
  return format + ", which the element does not support: put videoconvert before it";
}

bool neighboursSupport(GstBaseTransform* base, int channels) {
  for (const GstPadDirection direction : {GST_PAD_SINK, GST_PAD_SRC}) {
    GstPad* pad = padOf(base, direction);
    const CapsPtr ours(gst_pad_get_pad_template_caps(pad));  // as filter: some peers answer ANY without one
    const CapsPtr peers(gst_pad_peer_query_caps(pad, ours.get()));
    if (!peers || gst_caps_is_empty(supportedCaps(peers.get(), channels).get())) return false;
  }
  return true;
}

void CapsErrors::post(const std::string& reason, const GstCaps* caps) {
  if (posted_.exchange(true)) return;
  g_autofree char* all = gst_caps_to_string(caps);
  GST_ELEMENT_ERROR(element_, CORE, NEGOTIATION, ("This video is refused: %s.", reason.c_str()),
                    ("caps: %s", all));
}

void CapsErrors::postRefused(const GstCaps* caps, int channels) {
  post(unsupportedReason(caps, channels), caps);
}

void CapsErrors::postRefusedDownstream(const GstCaps* caps, GstPad* source) {
  GstVideoInfo info;
  if (GST_PAD_IS_FLUSHING(source) || gst_pad_peer_query_accept_caps(source, const_cast<GstCaps*>(caps)) ||
      !gst_video_info_from_caps(&info, caps))
    return;
  post(std::string(GST_VIDEO_INFO_NAME(&info)) + " of " + std::to_string(info.width) + "x" +
           std::to_string(info.height) +
           ", which the element puts out as it came in, and downstream does not accept: put videoconvert, or "
           "videoscale for another size, behind it",
       caps);
}

bool answerLinkQuery(GstBaseTransform* base, GstPadDirection direction, GstQuery* query) {
  GstPad* asked = padOf(base, direction);
  GstCaps* filter = nullptr;
  gst_query_parse_caps(query, &filter);
  if (filter || (gst_pad_is_active(asked) && gst_pad_is_linked(asked))) return false;
  GstPad* other = padOf(base, direction == GST_PAD_SINK ? GST_PAD_SRC : GST_PAD_SINK);
  const CapsPtr ours(gst_pad_get_pad_template_caps(other));
  const CapsPtr peers(gst_pad_peer_query_caps(other, ours.get()));
  const CapsPtr shared(gst_caps_intersect_full(ours.get(), peers.get(), GST_CAPS_INTERSECT_FIRST));
  gst_query_set_caps_result(query, shared.get());
  return true;
}

void narrowCapsQuery(GstBaseTransform* base, GstPadDirection direction, GstQuery* query, int channels,
                     CapsErrors& errors) {
  GstCaps* answer = nullptr;
  gst_query_parse_caps_result(query, &answer);
  const CapsPtr narrowed =
      direction == GST_PAD_SINK ? preferredCaps(answer, channels) : supportedCaps(answer, channels);
  gst_query_set_caps_result(query, narrowed.get());
  if (direction != GST_PAD_SINK) return;
  GstCaps* offered = nullptr;
  gst_query_parse_caps(query, &offered);
  explainUnsupportedOffer(padOf(base, direction), offered, channels, errors);
}

void explainAcceptCaps(GstBaseTransform* base, GstQuery* query, int channels, CapsErrors& errors) {
  GstCaps* caps = nullptr;
  gboolean accepted = FALSE;
  gst_query_parse_accept_caps(query, &caps);
  gst_query_parse_accept_caps_result(query, &accepted);
  if (!accepted && sentFromUpstream(padOf(base, GST_PAD_SINK), caps)) errors.postRefused(caps, channels);
}

}  // namespace cut::gst
