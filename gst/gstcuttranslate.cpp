// SPDX-License-Identifier: MIT
// GObject glue: each vfunc hands over to a part of the TranslateState.
#include "gstcuttranslate.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "caps.hpp"
#include "frame_queue.hpp"
#include "messages.hpp"
#include "model_slot.hpp"
#include "properties.hpp"
#include "qos.hpp"
#include "translate_state.hpp"
#include "utilities.hpp"

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

static void log_statistics(GstCutTranslate* self) {
  const auto report = self->state->statistics.report();
  if (report.in == 0) return;
  GST_INFO_OBJECT(self,
                  "first frame after %.3f s; translated %" G_GUINT64_FORMAT
                  " frames in %.3f s (%.2f fps), %.4f s "
                  "each; %" G_GUINT64_FORMAT " came in, %" G_GUINT64_FORMAT " were dropped",
                  report.firstAfter, report.translated, report.seconds,
                  report.seconds > 0 ? static_cast<double>(report.translated) / report.seconds : 0,
                  report.total.mean, report.in, report.dropped);
}

// The streaming thread may wait in an output pool whose buffers others hold. GstBaseTransform deactivates the
// pool only after that thread has left.
static void stop_pool(GstBaseTransform* base) {
  g_autoptr(GstBufferPool) pool = gst_base_transform_get_buffer_pool(base);
  if (pool) gst_buffer_pool_set_active(pool, FALSE);
}

static GstStateChangeReturn gst_cut_translate_change_state(GstElement* element, GstStateChange transition) {
  const Handover handover;
  auto& state = state_of(element);
  if (transition == GST_STATE_CHANGE_NULL_TO_READY) {
    if (!guarded(element, "opening the model", [&] { state.models.open(); })) return GST_STATE_CHANGE_FAILURE;
    guarded(element, "announcing the model", [&] { cut::gst::announceOpened(element, state.models); });
  }
  // Wakes the streaming thread where it waits for the engine or for a buffer, so that the pads can be
  // deactivated.
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    state.streaming.interrupt(cut::gst::Interruption::stop);
    stop_pool(GST_BASE_TRANSFORM(element));
  }
  const auto result = GST_ELEMENT_CLASS(gst_cut_translate_parent_class)->change_state(element, transition);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL) {
    guarded(element, "closing the model", [&] { state.models.close(); });
    cut::gst::notifyActive(G_OBJECT(element));
  }
  return result;
}

static gboolean gst_cut_translate_start(GstBaseTransform* base) {
  const Handover handover;
  auto& state = state_of(base);
  bool reopened = false;
  if (!guarded(base, "opening the model", [&] { reopened = state.models.reopenIfChanged(); })) {
    cut::gst::notifyActive(G_OBJECT(base));
    return FALSE;
  }
  if (reopened)
    guarded(base, "announcing the model", [&] { cut::gst::announceOpened(GST_ELEMENT(base), state.models); });
  return guarded(base, "starting", [&] {
    state.streaming.start();
    state.models.start();
  });
}

static gboolean gst_cut_translate_stop(GstBaseTransform* base) {
  const Handover handover;
  auto* self = GST_CUT_TRANSLATE(base);
  guarded(self, "logging the statistics", [self] { log_statistics(self); });
  return guarded(self, "stopping", [self] {
    self->state->models.stop();
    self->state->streaming.stop();
  });
}

static GstCaps* gst_cut_translate_transform_caps(GstBaseTransform* base, GstPadDirection, GstCaps* caps,
                                                 GstCaps* filter) {
  const Handover handover;
  cut::gst::CapsPtr supported(gst_caps_new_empty());
  guarded(base, "transforming caps",
          [&] { supported = cut::gst::supportedCaps(caps, state_of(base).models.channels()); });
  GST_DEBUG_OBJECT(base, "of %" GST_PTR_FORMAT " supports %" GST_PTR_FORMAT, static_cast<void*>(caps),
                   static_cast<void*>(supported.get()));
  return filter ? gst_caps_intersect_full(filter, supported.get(), GST_CAPS_INTERSECT_FIRST)
                : supported.release();
}

static gboolean gst_cut_translate_set_info(GstVideoFilter* filter, GstCaps*, GstVideoInfo* in_info, GstCaps*,
                                           GstVideoInfo*) {
  const Handover handover;
  if (const char* reason = cut::gst::unsupportedReason(*in_info)) {
    GST_WARNING_OBJECT(filter, "caps are refused: %s", reason);
    return FALSE;
  }
  GstFlowReturn flow = GST_FLOW_ERROR;
  guarded(filter, "preparing for the video's size",
          [&] { flow = state_of(filter).streaming.configure(*in_info); });
  return flow == GST_FLOW_OK;
}

// Its presence tells GstVideoFilter that outputs need buffers of their own. Never called, since
// generate_output is overridden.
static GstFlowReturn gst_cut_translate_transform_frame(GstVideoFilter*, GstVideoFrame*, GstVideoFrame*) {
  return GST_FLOW_NOT_SUPPORTED;
}

// Applies GstControllers' values. A DISCONT frame is drained to before it enters: GstBaseTransform would set
// the flag on whichever buffer goes out next.
static void gst_cut_translate_before_transform(GstBaseTransform* base, GstBuffer* input) {
  const Handover handover;
  if (base->segment.format == GST_FORMAT_TIME) {
    const GstClockTime time =
        gst_segment_to_stream_time(&base->segment, GST_FORMAT_TIME, GST_BUFFER_PTS(input));
    if (GST_CLOCK_TIME_IS_VALID(time)) gst_object_sync_values(GST_OBJECT(base), time);
  }
  if (GST_BUFFER_IS_DISCONT(input)) guarded(base, "draining", [&] { state_of(base).streaming.drain(); });
}

static GstFlowReturn gst_cut_translate_submit_input_buffer(GstBaseTransform* base, gboolean discont,
                                                           GstBuffer* input) {
  const Handover handover;
  GstFlowReturn flow =
      GST_BASE_TRANSFORM_CLASS(gst_cut_translate_parent_class)->submit_input_buffer(base, discont, input);
  if (flow != GST_FLOW_OK) return flow;
  cut::gst::BufferPtr queued(std::exchange(base->queued_buf, nullptr));
  flow = GST_FLOW_ERROR;
  guarded(base, "taking a frame", [&] { flow = state_of(base).streaming.accept(std::move(queued)); });
  return flow;
}

static GstFlowReturn gst_cut_translate_generate_output(GstBaseTransform* base, GstBuffer** output) {
  const Handover handover;
  GstFlowReturn flow = GST_FLOW_ERROR;
  guarded(base, "translating a frame", [&] { flow = state_of(base).streaming.next(false, output); });
  return flow;
}

static gboolean handle_caps_event(GstBaseTransform* base, GstEvent* event) {
  GstCaps* event_caps = nullptr;
  gst_event_parse_caps(event, &event_caps);
  const cut::gst::CapsPtr caps(gst_caps_ref(event_caps));  // the parent takes the event
  const gboolean accepted = GST_BASE_TRANSFORM_CLASS(gst_cut_translate_parent_class)->sink_event(base, event);
  auto& errors = state_of(base).capsErrors;
  if (accepted)
    errors.restart();
  else
    guarded(base, "explaining refused caps",
            [&] { errors.postRefusedDownstream(caps.get(), GST_BASE_TRANSFORM_SRC_PAD(base)); });
  return accepted;
}

// Serialized events wait for the frames before them; a flush does not.
static gboolean gst_cut_translate_sink_event(GstBaseTransform* base, GstEvent* event) {
  const Handover handover;
  auto& streaming = state_of(base).streaming;
  const GstEventType type = GST_EVENT_TYPE(event);
  if (type == GST_EVENT_FLUSH_START) streaming.interrupt(cut::gst::Interruption::flush);
  if (type == GST_EVENT_FLUSH_STOP) guarded(base, "flushing", [&] { streaming.flush(); });
  if (type == GST_EVENT_FLUSH_STOP || type == GST_EVENT_SEGMENT) streaming.newSegment();
  if ((gst_event_type_get_flags(type) & GST_EVENT_TYPE_SERIALIZED) && type != GST_EVENT_FLUSH_STOP)
    guarded(base, "draining", [&] { streaming.drain(); });
  if (type == GST_EVENT_CAPS) return handle_caps_event(base, event);
  return GST_BASE_TRANSFORM_CLASS(gst_cut_translate_parent_class)->sink_event(base, event);
}

static gboolean gst_cut_translate_src_event(GstBaseTransform* base, GstEvent* event) {
  const Handover handover;
  cut::gst::handleUpstreamEvent(state_of(base).lateness, event);
  return GST_BASE_TRANSFORM_CLASS(gst_cut_translate_parent_class)->src_event(base, event);
}

// All metas are copied: the size, place and colorimetry of the pixels do not change. Except
// GstCutTranslateMeta of another cuttranslate upstream, which this element replaces by its own.
static gboolean gst_cut_translate_transform_meta(GstBaseTransform*, GstBuffer*, GstMeta* meta, GstBuffer*) {
  return !cut::gst::isFrameMeta(meta);
}

static gboolean gst_cut_translate_query(GstBaseTransform* base, GstPadDirection direction, GstQuery* query) {
  const Handover handover;
  auto& state = state_of(base);
  const GstQueryType type = GST_QUERY_TYPE(query);
  if (type == GST_QUERY_CONTEXT && state.models.answerContextQuery(GST_ELEMENT(base), query)) return TRUE;
  if (type == GST_QUERY_LATENCY && direction == GST_PAD_SRC)
    return cut::gst::answerLatencyQuery(GST_BASE_TRANSFORM_SINK_PAD(base), query, state.lateness,
                                        state.latency);
  if (type == GST_QUERY_CAPS && cut::gst::answerLinkQuery(base, direction, query)) return TRUE;
  if ((gst_query_type_get_flags(type) & GST_QUERY_TYPE_SERIALIZED) && direction == GST_PAD_SINK)
    guarded(base, "draining", [&] { state.streaming.drain(); });
  const gboolean answered =
      GST_BASE_TRANSFORM_CLASS(gst_cut_translate_parent_class)->query(base, direction, query);
  if (!answered) return FALSE;
  guarded(base, "answering a query", [&] {
    const int channels = state.models.channels();
    if (type == GST_QUERY_CAPS)
      cut::gst::narrowCapsQuery(base, direction, query, channels, state.capsErrors);
    else if (type == GST_QUERY_ACCEPT_CAPS && direction == GST_PAD_SINK)
      cut::gst::explainAcceptCaps(base, query, channels, state.capsErrors);
  });
  return TRUE;
}

struct PoolParameters {
  GstBufferPool* pool;  // nullptr: GstVideoFilter makes one
  guint size, min, max;
};

// Applies `change` to the first pool of an allocation query, which is the one that is used.
template <typename Change>
static void change_pool(GstQuery* query, Change&& change) {
  if (gst_query_get_n_allocation_pools(query) == 0) return;
  g_autoptr(GstBufferPool) pool = nullptr;
  PoolParameters now{};
  gst_query_parse_nth_allocation_pool(query, 0, &pool, &now.size, &now.min, &now.max);
  now.pool = pool;
  change(now);
  gst_query_set_nth_allocation_pool(query, 0, now.pool, now.size, now.min, now.max);
}

// Each frame in flight holds an output, besides those that downstream keeps: a pool that cannot have so many
// would block for the last one, and is not used.
static gboolean gst_cut_translate_decide_allocation(GstBaseTransform* base, GstQuery* query) {
  const Handover handover;
  const auto frames = static_cast<guint>(state_of(base).controls.get().framesInFlight);
  bool bounded = false;
  change_pool(query, [&](PoolParameters& pool) {
    if (pool.max > 0 && pool.max < pool.min + frames)
      pool = {nullptr, pool.size, frames, 0};
    else
      pool.min += frames;
    bounded = pool.max > 0;
  });
  state_of(base).streaming.setMostFrames(bounded ? static_cast<int>(frames) : G_MAXINT);
  return GST_BASE_TRANSFORM_CLASS(gst_cut_translate_parent_class)->decide_allocation(base, query);
}

// Each frame in flight holds its input too.
static gboolean gst_cut_translate_propose_allocation(GstBaseTransform* base, GstQuery* decided,
                                                     GstQuery* query) {
  const Handover handover;
  if (!GST_BASE_TRANSFORM_CLASS(gst_cut_translate_parent_class)->propose_allocation(base, decided, query))
    return FALSE;
  const auto frames = static_cast<guint>(state_of(base).controls.get().framesInFlight);
  change_pool(query, [frames](PoolParameters& pool) { pool.min = std::max(pool.min, frames); });
  return TRUE;
}

// Called on a loader thread, and not with the next frame: that may be far off, or never come.
static cut::gst::ModelLoader::Failed make_reject_model(GstCutTranslate* self) {
  return [weak = std::make_shared<cut::gst::WeakElement>(GST_ELEMENT(self))](const std::string& path,
                                                                             const cut::Fault& fault) {
    const Handover handover;
    if (const auto element = weak->get())
      cut::gst::rejectModel(element.get(), state_of(element.get()).models, path, fault);
  };
}

static void gst_cut_translate_init(GstCutTranslate* self) {
  const Handover handover;
  // instance_init cannot fail: without memory the process ends, as it does in GLib.
  [self]() noexcept {
    self->state =
        std::make_unique<cut::gst::TranslateState>(GST_VIDEO_FILTER(self), make_reject_model(self)).release();
  }();
  // GstBaseTransform's QoS only drops; see the property late.
  gst_base_transform_set_qos_enabled(GST_BASE_TRANSFORM(self), FALSE);
  // GAP buffers, which repeat a frame or fill a gap, are translated as well and keep their flag.
  gst_base_transform_set_gap_aware(GST_BASE_TRANSFORM(self), TRUE);
}

// On whichever thread drops the last reference.
static void gst_cut_translate_finalize(GObject* object) {
  const Handover handover;
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
  cut::gst::setClassMetadata(element);
  cut::gst::addPadTemplates(element);

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
