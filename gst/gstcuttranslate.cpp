// GObject glue only: each function hands over to the state behind it.
#include "gstcuttranslate.h"

#include "caps.hpp"
#include "caps_query.hpp"
#include "element_description.hpp"
#include "messages.hpp"
#include "properties.hpp"
#include "reject_model.hpp"
#include "streaming.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#define GST_CAT_DEFAULT cut::gst::elementCategory

G_DEFINE_TYPE(GstCutTranslate, gst_cut_translate, GST_TYPE_VIDEO_FILTER)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(cuttranslate, "cuttranslate", GST_RANK_NONE, GST_TYPE_CUT_TRANSLATE,
                                      cut::gst::registerCategories())

using cut::gst::guarded;
using cut::gst::Handover;

static cut::gst::TranslateState& state_of(gpointer self) {
  return *GST_CUT_TRANSLATE(self)->state;
}

static void gst_cut_translate_set_property(GObject* object, guint id, const GValue* value,
                                           GParamSpec* pspec) {
  guarded(object, "setting a property", [&] {
    if (!cut::gst::setProperty(state_of(object), id, value))
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  });
}

static void gst_cut_translate_get_property(GObject* object, guint id, GValue* value, GParamSpec* pspec) {
  guarded(object, "reading a property", [&] {
    if (!cut::gst::getProperty(state_of(object), id, value))
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  });
}

static void log_opened(GstCutTranslate* self) {
  const auto active = self->state->active();
  if (!active) return;
  GST_INFO_OBJECT(self, "model %s: engine %s, device %s, precision %s, %d threads",
                  self->state->settings().model.c_str(), active->engine.c_str(), active->device.c_str(),
                  active->precision.c_str(), active->threads);
  cut::gst::postNotice(GST_ELEMENT(self), *active);
  cut::gst::notifyActive(G_OBJECT(self));
}

static void log_stopped(GstCutTranslate* self) {
  const auto report = self->state->statistics().report();
  if (report.in == 0) return;
  GST_INFO_OBJECT(self,
                  "first frame after %.3f s; translated %" G_GUINT64_FORMAT
                  " frames in %.3f s (%.2f fps), %.4f s "
                  "each; %" G_GUINT64_FORMAT " came in, %" G_GUINT64_FORMAT " were dropped",
                  report.firstAfter, report.translated, report.seconds,
                  report.seconds > 0 ? static_cast<double>(report.translated) / report.seconds : 0,
                  report.total.mean, report.in, report.dropped);
}

// Buffers may come from a pool that others hold to the last one. GstBaseTransform does the same when the
// streaming thread has left.
static void stop_pool(GstBaseTransform* base) {
  g_autoptr(GstBufferPool) pool = gst_base_transform_get_buffer_pool(base);
  if (pool) gst_buffer_pool_set_active(pool, FALSE);
}

static GstStateChangeReturn gst_cut_translate_change_state(GstElement* element, GstStateChange transition) {
  const Handover handover;
  auto* self = GST_CUT_TRANSLATE(element);
  if (transition == GST_STATE_CHANGE_NULL_TO_READY) {
    if (!guarded(self, "opening the model", [self] { self->state->open(); })) return GST_STATE_CHANGE_FAILURE;
    guarded(self, "telling what was opened", [self] { log_opened(self); });
  }
  // Whoever waits for the engine, or a buffer, on the streaming thread leaves, so that the pads can be
  // deactivated.
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    self->state->interrupt(cut::gst::Interruption::stop);
    stop_pool(GST_BASE_TRANSFORM(self));
  }
  const auto result = GST_ELEMENT_CLASS(gst_cut_translate_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL) {
    guarded(self, "closing the model", [self] { self->state->close(); });
    cut::gst::notifyActive(G_OBJECT(self));
  }
  return result;
}

static gboolean gst_cut_translate_start(GstBaseTransform* base) {
  const Handover handover;
  auto* self = GST_CUT_TRANSLATE(base);
  bool reopened = false;
  const bool opened = guarded(self, "opening the model", [&] { reopened = self->state->reopenIfChanged(); });
  if (reopened) guarded(self, "telling what was opened", [self] { log_opened(self); });
  if (!opened) cut::gst::notifyActive(G_OBJECT(self));
  if (opened) guarded(self, "beginning", [self] { self->state->begin(); });
  self->streaming->begin();
  return opened;
}

static gboolean gst_cut_translate_stop(GstBaseTransform* base) {
  const Handover handover;
  auto* self = GST_CUT_TRANSLATE(base);
  guarded(self, "telling what was done", [self] { log_stopped(self); });
  return guarded(self, "stopping", [self] { self->state->stop(); });
}

static GstCaps* gst_cut_translate_transform_caps(GstBaseTransform* base, GstPadDirection, GstCaps* caps,
                                                 GstCaps* filter) {
  const Handover handover;
  cut::gst::CapsPtr served(gst_caps_new_empty());
  guarded(base, "looking at caps", [&] { served = cut::gst::servable(caps, state_of(base).channels()); });
  GST_DEBUG_OBJECT(base, "of %" GST_PTR_FORMAT " serves %" GST_PTR_FORMAT, static_cast<void*>(caps),
                   static_cast<void*>(served.get()));
  return filter ? gst_caps_intersect_full(filter, served.get(), GST_CAPS_INTERSECT_FIRST) : served.release();
}

static gboolean gst_cut_translate_set_info(GstVideoFilter* filter, GstCaps*, GstVideoInfo* in_info, GstCaps*,
                                           GstVideoInfo*) {
  const Handover handover;
  auto* self = GST_CUT_TRANSLATE(filter);
  if (const char* why = cut::gst::refusal(*in_info)) {
    GST_WARNING_OBJECT(self, "refusing caps: %s", why);
    return FALSE;
  }
  GstFlowReturn flow = GST_FLOW_ERROR;
  guarded(self, "preparing for the video's size", [&] { flow = self->streaming->configure(*in_info); });
  return flow == GST_FLOW_OK;
}

// Tells GstVideoFilter that what goes out is not what came in. Never called: generate_output is our own.
static GstFlowReturn gst_cut_translate_transform_frame(GstVideoFilter*, GstVideoFrame*, GstVideoFrame*) {
  return GST_FLOW_NOT_SUPPORTED;
}

// Properties that a controller moves, and DISCONT at its own frame: GstBaseTransform marks whichever goes out
// next.
static void gst_cut_translate_before_transform(GstBaseTransform* base, GstBuffer* input) {
  const Handover handover;
  auto* self = GST_CUT_TRANSLATE(base);
  if (base->segment.format == GST_FORMAT_TIME) {
    const GstClockTime time =
        gst_segment_to_stream_time(&base->segment, GST_FORMAT_TIME, GST_BUFFER_PTS(input));
    if (GST_CLOCK_TIME_IS_VALID(time)) gst_object_sync_values(GST_OBJECT(base), time);
  }
  if (GST_BUFFER_IS_DISCONT(input)) guarded(self, "draining", [self] { self->streaming->drain(); });
}

static GstFlowReturn gst_cut_translate_submit_input_buffer(GstBaseTransform* base, gboolean discont,
                                                           GstBuffer* input) {
  const Handover handover;
  auto* self = GST_CUT_TRANSLATE(base);
  GstFlowReturn flow =
      GST_BASE_TRANSFORM_CLASS(gst_cut_translate_parent_class)->submit_input_buffer(base, discont, input);
  if (flow != GST_FLOW_OK) return flow;
  cut::gst::BufferPtr queued(std::exchange(base->queued_buf, nullptr));
  flow = GST_FLOW_ERROR;
  guarded(self, "taking a frame", [&] { flow = self->streaming->accept(std::move(queued)); });
  return flow;
}

static GstFlowReturn gst_cut_translate_generate_output(GstBaseTransform* base, GstBuffer** output) {
  const Handover handover;
  auto* self = GST_CUT_TRANSLATE(base);
  GstFlowReturn flow = GST_FLOW_ERROR;
  guarded(self, "translating a frame", [&] { flow = self->streaming->next(false, output); });
  return flow;
}

// Events that go with the frames wait for those before them; a flush overtakes them.
static gboolean gst_cut_translate_sink_event(GstBaseTransform* base, GstEvent* event) {
  const Handover handover;
  auto* self = GST_CUT_TRANSLATE(base);
  const GstEventType type = GST_EVENT_TYPE(event);
  if (type == GST_EVENT_FLUSH_START) self->state->interrupt(cut::gst::Interruption::flush);
  if (type == GST_EVENT_FLUSH_STOP) guarded(self, "flushing", [self] { self->state->flush(); });
  if (type == GST_EVENT_FLUSH_STOP || type == GST_EVENT_SEGMENT) self->streaming->restart();
  if ((gst_event_type_get_flags(type) & GST_EVENT_TYPE_SERIALIZED) && type != GST_EVENT_FLUSH_STOP)
    guarded(self, "draining", [self] { self->streaming->drain(); });
  if (type != GST_EVENT_CAPS)
    return GST_BASE_TRANSFORM_CLASS(gst_cut_translate_parent_class)->sink_event(base, event);
  GstCaps* event_caps = nullptr;
  gst_event_parse_caps(event, &event_caps);
  const cut::gst::CapsPtr caps(gst_caps_ref(event_caps));  // the event goes
  const gboolean taken = GST_BASE_TRANSFORM_CLASS(gst_cut_translate_parent_class)->sink_event(base, event);
  guarded(self, "looking at caps", [&] { self->streaming->capsCame(caps.get(), taken != FALSE); });
  return taken;
}

static void take_qos(cut::gst::Lateness& lateness, GstEvent* event) {
  GstQOSType type = GST_QOS_TYPE_UNDERFLOW;
  gdouble proportion = 1;
  GstClockTimeDiff difference = 0;
  GstClockTime time = 0;
  gst_event_parse_qos(event, &type, &proportion, &difference, &time);
  if (!GST_CLOCK_TIME_IS_VALID(time)) return;
  if (type == GST_QOS_TYPE_THROTTLE)
    lateness.setThrottle(difference, time);
  else
    lateness.setQos(proportion, difference, time);
}

static gboolean gst_cut_translate_src_event(GstBaseTransform* base, GstEvent* event) {
  const Handover handover;
  auto& lateness = state_of(base).lateness();
  if (GST_EVENT_TYPE(event) == GST_EVENT_QOS) {
    take_qos(lateness, event);
  } else if (GST_EVENT_TYPE(event) == GST_EVENT_LATENCY) {
    GstClockTime latency = 0;
    gst_event_parse_latency(event, &latency);
    lateness.setPipelineLatency(latency);
  }
  return GST_BASE_TRANSFORM_CLASS(gst_cut_translate_parent_class)->src_event(base, event);
}

// Size, place and colours of the pixels stay what they are, so every meta stays true.
// What an element of this kind before this one says is not.
static gboolean gst_cut_translate_transform_meta(GstBaseTransform*, GstBuffer*, GstMeta* meta, GstBuffer*) {
  return !cut::gst::isFrameMeta(meta);
}

static gboolean answer_latency(GstBaseTransform* base, GstQuery* query) {
  if (!gst_pad_peer_query(GST_BASE_TRANSFORM_SINK_PAD(base), query)) return FALSE;
  gboolean live = FALSE;
  GstClockTime min = 0;
  GstClockTime max = 0;
  gst_query_parse_latency(query, &live, &min, &max);
  state_of(base).lateness().setUpstream(live, min);
  const GstClockTime own = state_of(base).latency();
  gst_query_set_latency(query, live, min + own, GST_CLOCK_TIME_IS_VALID(max) ? max + own : max);
  return TRUE;
}

static gboolean gst_cut_translate_query(GstBaseTransform* base, GstPadDirection direction, GstQuery* query) {
  const Handover handover;
  const GstQueryType type = GST_QUERY_TYPE(query);
  if (type == GST_QUERY_CONTEXT && state_of(base).offerCudaContext(GST_ELEMENT(base), query)) return TRUE;
  if (type == GST_QUERY_LATENCY && direction == GST_PAD_SRC) return answer_latency(base, query);
  if (type == GST_QUERY_CAPS && cut::gst::answerLinkQuery(base, direction, query)) return TRUE;
  auto& streaming = *GST_CUT_TRANSLATE(base)->streaming;
  if ((gst_query_type_get_flags(type) & GST_QUERY_TYPE_SERIALIZED) && direction == GST_PAD_SINK)
    guarded(base, "draining", [&] { streaming.drain(); });
  const gboolean answered =
      GST_BASE_TRANSFORM_CLASS(gst_cut_translate_parent_class)->query(base, direction, query);
  if (answered && type == GST_QUERY_CAPS)
    guarded(base, "looking at caps",
            [&] { cut::gst::narrowCapsQuery(base, direction, query, state_of(base).channels(), streaming); });
  if (answered && type == GST_QUERY_ACCEPT_CAPS && direction == GST_PAD_SINK)
    guarded(base, "looking at caps", [&] { cut::gst::explainAcceptCaps(base, query, streaming); });
  return answered;
}

struct PoolParameters {
  GstBufferPool* pool;  // nullptr: GstVideoFilter makes one
  guint size, least, most;
};

// Makes of an allocation query's first pool, which is the one that is used, what `change` makes of it.
template <typename Change>
static void change_pool(GstQuery* query, Change&& change) {
  if (gst_query_get_n_allocation_pools(query) == 0) return;
  g_autoptr(GstBufferPool) pool = nullptr;
  PoolParameters now{};
  gst_query_parse_nth_allocation_pool(query, 0, &pool, &now.size, &now.least, &now.most);
  now.pool = pool;
  change(now);
  gst_query_set_nth_allocation_pool(query, 0, now.pool, now.size, now.least, now.most);
}

// One output for each frame in flight, besides what downstream keeps for itself: a pool that cannot have so
// many would never give the last one.
static gboolean gst_cut_translate_decide_allocation(GstBaseTransform* base, GstQuery* query) {
  const Handover handover;
  const auto frames = static_cast<guint>(state_of(base).controls().framesInFlight);
  bool bounded = false;
  change_pool(query, [&](PoolParameters& pool) {
    if (pool.most > 0 && pool.most < pool.least + frames)
      pool = {nullptr, pool.size, frames, 0};
    else
      pool.least += frames;
    bounded = pool.most > 0;
  });
  GST_CUT_TRANSLATE(base)->streaming->setMostFrames(bounded ? static_cast<int>(frames) : G_MAXINT);
  return GST_BASE_TRANSFORM_CLASS(gst_cut_translate_parent_class)->decide_allocation(base, query);
}

// Upstream's buffers stay here as long.
static gboolean gst_cut_translate_propose_allocation(GstBaseTransform* base, GstQuery* decided,
                                                     GstQuery* query) {
  const Handover handover;
  if (!GST_BASE_TRANSFORM_CLASS(gst_cut_translate_parent_class)->propose_allocation(base, decided, query))
    return FALSE;
  const auto frames = static_cast<guint>(state_of(base).controls().framesInFlight);
  change_pool(query, [frames](PoolParameters& pool) { pool.least = std::max(pool.least, frames); });
  return TRUE;
}

// On a thread of the loader's, at once: no frame may come for long, or none any more.
static cut::gst::ModelLoader::Failed reject_model(GstCutTranslate* self) {
  return [weak = std::make_shared<cut::gst::WeakElement>(GST_ELEMENT(self))](const std::string& model,
                                                                             const cut::Fault& fault) {
    const Handover handover;
    if (const auto element = weak->get())
      cut::gst::rejectModel(element.get(), state_of(element.get()), model, fault);
  };
}

static void gst_cut_translate_init(GstCutTranslate* self) {
  const Handover handover;
  // An instance cannot fail to be made: without memory the process ends, as it does in GLib.
  [self]() noexcept {
    self->state = std::make_unique<cut::gst::TranslateState>(reject_model(self)).release();
    self->streaming = std::make_unique<cut::gst::Streaming>(GST_VIDEO_FILTER(self), *self->state).release();
  }();
  // GstBaseTransform would only drop; see the property late.
  gst_base_transform_set_qos_enabled(GST_BASE_TRANSFORM(self), FALSE);
  // A frame that repeats another, or fills a gap, is translated like any other and keeps its flag.
  gst_base_transform_set_gap_aware(GST_BASE_TRANSFORM(self), TRUE);
}

// On whichever thread drops the last reference.
static void gst_cut_translate_finalize(GObject* object) {
  const Handover handover;
  delete GST_CUT_TRANSLATE(object)->streaming;
  delete GST_CUT_TRANSLATE(object)->state;
  G_OBJECT_CLASS(gst_cut_translate_parent_class)->finalize(object);
}

static void gst_cut_translate_class_init(GstCutTranslateClass* klass) {
  auto* object = G_OBJECT_CLASS(klass);
  object->set_property = gst_cut_translate_set_property;
  object->get_property = gst_cut_translate_get_property;
  object->finalize = gst_cut_translate_finalize;
  cut::gst::installProperties(object);

  cut::gst::registerFrameMeta();

  auto* element = GST_ELEMENT_CLASS(klass);
  element->change_state = gst_cut_translate_change_state;
  cut::gst::describeElement(element);

  auto* base = GST_BASE_TRANSFORM_CLASS(klass);
  base->start = gst_cut_translate_start;
  base->stop = gst_cut_translate_stop;
  base->transform_caps = gst_cut_translate_transform_caps;
  base->before_transform = gst_cut_translate_before_transform;
  base->submit_input_buffer = gst_cut_translate_submit_input_buffer;
  base->generate_output = gst_cut_translate_generate_output;
  base->sink_event = gst_cut_translate_sink_event;
  base->src_event = gst_cut_translate_src_event;
  base->transform_meta = gst_cut_translate_transform_meta;
  base->query = gst_cut_translate_query;
  base->decide_allocation = gst_cut_translate_decide_allocation;
  base->propose_allocation = gst_cut_translate_propose_allocation;

  auto* filter = GST_VIDEO_FILTER_CLASS(klass);
  filter->set_info = gst_cut_translate_set_info;
  filter->transform_frame = gst_cut_translate_transform_frame;
}
