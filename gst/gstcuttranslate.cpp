// GObject glue only: each function hands over to the state behind it.
#include "gstcuttranslate.h"

#include "caps.hpp"
#include "element_error.hpp"
#include "properties.hpp"
#include "translate_state.hpp"

GST_DEBUG_CATEGORY_STATIC(gst_cut_translate_debug);
#define GST_CAT_DEFAULT gst_cut_translate_debug

G_DEFINE_TYPE(GstCutTranslate, gst_cut_translate, GST_TYPE_VIDEO_FILTER)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(
    cuttranslate, "cuttranslate", GST_RANK_NONE, GST_TYPE_CUT_TRANSLATE,
    GST_DEBUG_CATEGORY_INIT(gst_cut_translate_debug, "cuttranslate", 0,
                            "Translation of video into another visual domain"))

using cut::gst::guarded;

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(GST_VIDEO_CAPS_MAKE(CUT_ALL_FORMATS)));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(GST_VIDEO_CAPS_MAKE(CUT_ALL_FORMATS)));

static cut::gst::TranslateState& state_of(gpointer self) {
  return *GST_CUT_TRANSLATE(self)->state;
}

static void gst_cut_translate_set_property(GObject* object, guint id, const GValue* value,
                                           GParamSpec* pspec) {
  if (!cut::gst::setProperty(state_of(object), id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void gst_cut_translate_get_property(GObject* object, guint id, GValue* value, GParamSpec* pspec) {
  if (!cut::gst::getProperty(state_of(object), id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void log_opened(GstCutTranslate* self) {
  const auto active = self->state->active();
  if (!active) return;
  GST_INFO_OBJECT(self, "model %s: engine %s, device %s, precision %s, %d threads",
                  self->state->settings().model.c_str(), active->engine.c_str(), active->device.c_str(),
                  active->precision.c_str(), active->threads);
  cut::gst::notifyActive(G_OBJECT(self));
}

static void log_stopped(GstCutTranslate* self) {
  const auto& progress = self->state->progress();
  if (progress.frames == 0) return;
  GST_INFO_OBJECT(self, "translated %" G_GUINT64_FORMAT " frames in %.3f s (%.2f fps)", progress.frames,
                  progress.seconds, static_cast<double>(progress.frames) / progress.seconds);
}

static GstStateChangeReturn gst_cut_translate_change_state(GstElement* element, GstStateChange transition) {
  auto* self = GST_CUT_TRANSLATE(element);
  if (transition == GST_STATE_CHANGE_NULL_TO_READY) {
    if (!guarded(self, "opening the model", [self] { self->state->open(); })) return GST_STATE_CHANGE_FAILURE;
    log_opened(self);
  }
  const auto result = GST_ELEMENT_CLASS(gst_cut_translate_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL) {
    guarded(self, "closing the model", [self] { self->state->close(); });
    cut::gst::notifyActive(G_OBJECT(self));
  }
  return result;
}

static gboolean gst_cut_translate_start(GstBaseTransform* base) {
  auto* self = GST_CUT_TRANSLATE(base);
  bool reopened = false;
  const bool opened = guarded(self, "opening the model", [&] { reopened = self->state->reopenIfChanged(); });
  if (reopened) log_opened(self);
  if (!opened) cut::gst::notifyActive(G_OBJECT(self));
  return opened;
}

static gboolean gst_cut_translate_stop(GstBaseTransform* base) {
  auto* self = GST_CUT_TRANSLATE(base);
  log_stopped(self);
  return guarded(self, "stopping", [self] { self->state->stop(); });
}

static GstCaps* gst_cut_translate_transform_caps(GstBaseTransform* base, GstPadDirection, GstCaps* caps,
                                                 GstCaps* filter) {
  cut::gst::CapsPtr served = cut::gst::servable(caps, state_of(base).channels());
  GST_DEBUG_OBJECT(base, "of %" GST_PTR_FORMAT " serves %" GST_PTR_FORMAT, static_cast<void*>(caps),
                   static_cast<void*>(served.get()));
  return filter ? gst_caps_intersect_full(filter, served.get(), GST_CAPS_INTERSECT_FIRST) : served.release();
}

static void post_latency(GstCutTranslate* self) {
  GST_INFO_OBJECT(self, "latency is now %" GST_TIME_FORMAT, GST_TIME_ARGS(self->state->latency()));
  gst_element_post_message(GST_ELEMENT(self), gst_message_new_latency(GST_OBJECT(self)));
}

static gboolean gst_cut_translate_set_info(GstVideoFilter* filter, GstCaps*, GstVideoInfo* in_info, GstCaps*,
                                           GstVideoInfo*) {
  auto* self = GST_CUT_TRANSLATE(filter);
  if (const char* why = cut::gst::refusal(*in_info)) {
    GST_WARNING_OBJECT(self, "refusing caps: %s", why);
    return FALSE;
  }
  return guarded(self, "preparing for the video's size", [&] {
    if (self->state->configure(*in_info)) post_latency(self);
  });
}

static GstFlowReturn gst_cut_translate_transform_frame(GstVideoFilter* filter, GstVideoFrame* in,
                                                       GstVideoFrame* out) {
  auto* self = GST_CUT_TRANSLATE(filter);
  const bool translated = guarded(self, "translating a frame", [&] {
    if (self->state->translate(in, out)) post_latency(self);
  });
  if (!translated) return GST_FLOW_ERROR;
  if (self->state->progress().frames == 1)
    GST_INFO_OBJECT(self, "first frame after %.3f s", self->state->progress().firstFrameAfter);
  return GST_FLOW_OK;
}

// In the place of GstVideoFilter's, which lets a buffer that holds no whole frame pass with a warning and
// pushes whatever lies in the output's memory.
static GstFlowReturn gst_cut_translate_transform(GstBaseTransform* base, GstBuffer* in, GstBuffer* out) {
  auto* filter = GST_VIDEO_FILTER(base);
  if (!filter->negotiated) return GST_FLOW_NOT_NEGOTIATED;
  cut::gst::MappedFrame from(filter->in_info, in, GST_MAP_READ);
  cut::gst::MappedFrame to(filter->out_info, out, GST_MAP_WRITE);
  if (from && to) return gst_cut_translate_transform_frame(filter, from.get(), to.get());
  GST_ELEMENT_ERROR(
      base, STREAM, FORMAT,
      ("a buffer from %s is no whole frame: it holds %" G_GSIZE_FORMAT " bytes; expected %" G_GSIZE_FORMAT
       ", or a GstVideoMeta that fits it",
       from ? "downstream" : "upstream", gst_buffer_get_size(from ? out : in), filter->in_info.size),
      (nullptr));
  return GST_FLOW_ERROR;
}

// Size, place and colours of the pixels stay what they are, so every meta stays true.
static gboolean gst_cut_translate_transform_meta(GstBaseTransform*, GstBuffer*, GstMeta*, GstBuffer*) {
  return TRUE;
}

static gboolean answer_latency(GstBaseTransform* base, GstQuery* query) {
  if (!gst_pad_peer_query(GST_BASE_TRANSFORM_SINK_PAD(base), query)) return FALSE;
  gboolean live = FALSE;
  GstClockTime min = 0;
  GstClockTime max = 0;
  gst_query_parse_latency(query, &live, &min, &max);
  const GstClockTime own = state_of(base).latency();
  gst_query_set_latency(query, live, min + own, GST_CLOCK_TIME_IS_VALID(max) ? max + own : max);
  return TRUE;
}

// What GstBaseTransform finds out says nothing of the model where a neighbour takes anything.
static void narrow_caps(GstBaseTransform* base, GstPadDirection direction, GstQuery* query) {
  GstCaps* found = nullptr;
  gst_query_parse_caps_result(query, &found);
  const int channels = state_of(base).channels();
  const cut::gst::CapsPtr narrowed =
      direction == GST_PAD_SINK ? cut::gst::preferred(found, channels) : cut::gst::servable(found, channels);
  gst_query_set_caps_result(query, narrowed.get());
}

static gboolean gst_cut_translate_query(GstBaseTransform* base, GstPadDirection direction, GstQuery* query) {
  if (GST_QUERY_TYPE(query) == GST_QUERY_CONTEXT && state_of(base).offerCudaContext(GST_ELEMENT(base), query))
    return TRUE;
  if (GST_QUERY_TYPE(query) == GST_QUERY_LATENCY && direction == GST_PAD_SRC)
    return answer_latency(base, query);
  const gboolean answered =
      GST_BASE_TRANSFORM_CLASS(gst_cut_translate_parent_class)->query(base, direction, query);
  if (answered && GST_QUERY_TYPE(query) == GST_QUERY_CAPS) narrow_caps(base, direction, query);
  return answered;
}

static void gst_cut_translate_init(GstCutTranslate* self) {
  self->state = new cut::gst::TranslateState;
  // A frame that repeats another, or fills a gap, is translated like any other and keeps its flag.
  gst_base_transform_set_gap_aware(GST_BASE_TRANSFORM(self), TRUE);
}

static void gst_cut_translate_finalize(GObject* object) {
  delete GST_CUT_TRANSLATE(object)->state;
  G_OBJECT_CLASS(gst_cut_translate_parent_class)->finalize(object);
}

static void describe(GstElementClass* klass) {
  gst_element_class_set_static_metadata(
      klass, "Video translator (CUT)", "Filter/Effect/Video",
      "Turns every frame into the same frame in another visual domain (a driving simulator's frame leaves "
      "looking like "
      "a real street), with a generator trained by CUT, \"Contrastive Learning for Unpaired Image-to-Image "
      "Translation\" (Park, Efros, Zhang, Zhu, ECCV 2020)",
      "the cuttranslate authors");
  gst_element_class_add_static_metadata(
      klass, "examples",
      "\n    gst-launch-1.0 filesrc location=drive.mp4 ! decodebin ! videoconvert ! cuttranslate "
      "model=street.pt ! "
      "videoconvert ! autovideosink sync=false"
      "\n    gst-launch-1.0 v4l2src ! videoconvert ! queue leaky=downstream max-size-buffers=1 ! "
      "cuttranslate "
      "model=street.pt device=cuda:0 precision=fp16 ! videoconvert ! autovideosink"
      "\n    gst-launch-1.0 -e filesrc location=in.mp4 ! decodebin ! videoconvert ! cuttranslate "
      "model=street.pt "
      "verify=true ! videoconvert ! x264enc ! mp4mux ! filesink location=out.mp4");
  gst_element_class_add_static_metadata(
      klass, "frames",
      "\n    Width, height, framerate, timestamps, metas and alpha pass unchanged; 3-channel models take the "
      "RGB and "
      "YUV formats, 1-channel models GRAY8."
      "\n    RGB is translated directly; YUV is converted to RGB and back with the stream's own colorimetry."
      "\n    Interlaced video is refused (put deinterlace before it).");
  gst_element_class_add_static_pad_template(klass, &sink_template);
  gst_element_class_add_static_pad_template(klass, &src_template);
}

static void gst_cut_translate_class_init(GstCutTranslateClass* klass) {
  auto* object = G_OBJECT_CLASS(klass);
  object->set_property = gst_cut_translate_set_property;
  object->get_property = gst_cut_translate_get_property;
  object->finalize = gst_cut_translate_finalize;
  cut::gst::installProperties(object);

  auto* element = GST_ELEMENT_CLASS(klass);
  element->change_state = gst_cut_translate_change_state;
  describe(element);

  auto* base = GST_BASE_TRANSFORM_CLASS(klass);
  base->start = gst_cut_translate_start;
  base->stop = gst_cut_translate_stop;
  base->transform_caps = gst_cut_translate_transform_caps;
  base->transform = gst_cut_translate_transform;
  base->transform_meta = gst_cut_translate_transform_meta;
  base->query = gst_cut_translate_query;

  auto* filter = GST_VIDEO_FILTER_CLASS(klass);
  filter->set_info = gst_cut_translate_set_info;
  // Tells GstVideoFilter that frames are not passed through untouched.
  filter->transform_frame = gst_cut_translate_transform_frame;
}
