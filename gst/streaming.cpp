#include "streaming.hpp"

#include <algorithm>
#include <utility>

#include "messages.hpp"

#define GST_CAT_DEFAULT frameCategory

namespace cut::gst {
namespace {

// Frames that may be on their way, for all that the pool of this one has: upstream would wait for another
// buffer, and this for the next frame.
int mostOf(const GstBuffer* input) {
  guint most = 0;
  if (input->pool) {
    const StructurePtr config(gst_buffer_pool_get_config(input->pool));
    gst_buffer_pool_config_get_params(config.get(), nullptr, nullptr, nullptr, &most);
  }
  return most > 0 && most < G_MAXINT ? static_cast<int>(most) : G_MAXINT;
}

}  // namespace

void Streaming::begin() noexcept {
  restart();
  statsPosted_.reset();
  warnings_.restart();
  explained_ = false;
}

void Streaming::restart() noexcept {
  upstreamKnown_ = false;
  drained_ = GST_FLOW_OK;
}

// As sinks would learn it; nothing where nobody answers.
std::optional<Streaming::Upstream> Streaming::upstream() const {
  std::optional<Upstream> result;
  GstQuery* query = gst_query_new_latency();
  if (gst_pad_peer_query(GST_BASE_TRANSFORM_SINK_PAD(base()), query)) {
    gboolean live = FALSE;
    GstClockTime least = 0;
    gst_query_parse_latency(query, &live, &least, nullptr);
    result = Upstream{live != FALSE, least};
  }
  gst_query_unref(query);
  return result;
}

void Streaming::askUpstream() {
  if (std::exchange(upstreamKnown_, true)) return;
  if (const auto known = upstream()) state_.lateness().setUpstream(known->live, known->latency);
}

Arrival Streaming::arrivalOf(GstBuffer* input) const {
  Arrival arrival;
  const GstSegment& segment = base()->segment;
  if (segment.format != GST_FORMAT_TIME) return arrival;
  const auto known = [](GstClockTime time) {
    return GST_CLOCK_TIME_IS_VALID(time) ? std::optional<std::uint64_t>(time) : std::nullopt;
  };
  arrival.runningTime = known(gst_segment_to_running_time(&segment, GST_FORMAT_TIME, GST_BUFFER_PTS(input)));
  arrival.now = known(gst_element_get_current_running_time(element()));
  const GstVideoInfo& info = element_->in_info;
  if (GST_BUFFER_DURATION_IS_VALID(input))
    arrival.duration = GST_BUFFER_DURATION(input);
  else if (info.fps_n > 0)
    arrival.duration = gst_util_uint64_scale_int(GST_SECOND, info.fps_d, info.fps_n);
  return arrival;
}

// While the engine keeps outputs that were given up, a pool may have no others.
Streaming::Output Streaming::makeOutput(GstBuffer* input) {
  const GstBaseTransformClass* klass = GST_BASE_TRANSFORM_GET_CLASS(base());
  GstBuffer* buffer = nullptr;
  Output output;
  if (!state_.flow().engineOverdue()) {
    output.flow = klass->prepare_output_buffer(base(), input, &buffer);
  } else if ((buffer = gst_buffer_new_allocate(nullptr, element_->out_info.size, nullptr))) {
    klass->copy_metadata(base(), input, buffer);
    output.flow = GST_FLOW_OK;
  }
  if (output.flow == GST_FLOW_OK) output.buffer.reset(buffer);
  return output;
}

GstFlowReturn Streaming::refuseWithoutOutput(GstFlowReturn flow) const {
  if (GST_PAD_IS_FLUSHING(base()->srcpad)) return GST_FLOW_FLUSHING;
  if (flow < GST_FLOW_EOS)
    GST_ELEMENT_ERROR(element_, RESOURCE, NO_SPACE_LEFT,
                      ("no buffer of %" G_GSIZE_FORMAT " bytes for a frame: what is downstream gave none",
                       element_->out_info.size),
                      ("flow: %s", gst_flow_get_name(flow)));
  return flow;
}

GstFlowReturn Streaming::refuse(const Frame& frame) const {
  const bool input = !*frame.source;
  GST_ELEMENT_ERROR(element_, STREAM, FORMAT,
                    ("unusable buffer from %s: %s", input ? "upstream" : "downstream",
                     (input ? frame.source : frame.target)->mismatch().c_str()),
                    (nullptr));
  return GST_FLOW_ERROR;
}

GstFlowReturn Streaming::accept(BufferPtr input) {
  if (drained_ != GST_FLOW_OK) return std::exchange(drained_, GST_FLOW_OK);
  swapModels();
  if (state_.prepareAgain()) postLatency();
  askUpstream();
  Plan plan = state_.plan(arrivalOf(input.get()));
  int& inFlight = plan.controls.framesInFlight;
  if (inFlight > 1) inFlight = std::min({inFlight, mostFrames_, mostOf(input.get())});
  if (plan.verdict.late) postQos(input.get(), plan.verdict);
  if (plan.outcome == FrameOutcome::dropped) {
    GST_LOG_OBJECT(element_, "dropped, late by %" GST_STIME_FORMAT, GST_STIME_ARGS(plan.verdict.jitter));
    state_.flow().markDiscont();
    state_.statistics().frameFinished(FrameOutcome::dropped);
    postStats(plan.controls);
    return GST_FLOW_OK;
  }
  Output output = makeOutput(input.get());
  const auto frame =
      std::make_shared<Frame>(input.get(), std::move(output.buffer), element_->in_info, plan.controls);
  input.reset();
  if (!frame->mapped()) {
    drain();  // those before it are whole
    return frame->output ? refuse(*frame) : refuseWithoutOutput(output.flow);
  }
  frame->outcome = plan.outcome;
  frame->reason = plan.reason;
  state_.flow().push(frame);
  return GST_FLOW_OK;
}

GstFlowReturn Streaming::next(bool all, GstBuffer** output) {
  *output = nullptr;
  while (!*output && !state_.flow().empty()) {
    PopResult step = state_.flow().pop(all, [this](GstBuffer* input) { return makeOutput(input).buffer; });
    if (step.interrupted) return GST_FLOW_FLUSHING;
    if (!step.frame) break;
    if (const GstFlowReturn flow = finish(std::move(step), output); flow != GST_FLOW_OK) return flow;
  }
  return GST_FLOW_OK;
}

GstFlowReturn Streaming::finish(PopResult step, GstBuffer** output) {
  Frame& frame = *step.frame;
  const bool latencyChanged = state_.account(frame, step.fault.has_value());
  if (step.failed) {
    postError(element(), *step.fault, "translating a frame");
    return GST_FLOW_ERROR;
  }
  if (step.fault) warnings_.post(element(), *step.fault);
  if (latencyChanged) postLatency();
  postStats(frame.controls);
  if (frame.outcome == FrameOutcome::dropped) return GST_FLOW_OK;
  if (frame.discont) GST_BUFFER_FLAG_SET(frame.output.get(), GST_BUFFER_FLAG_DISCONT);
  addFrameMeta(frame);
  GST_LOG_OBJECT(element_, "%" GST_TIME_FORMAT " goes out %s%s%s",
                 GST_TIME_ARGS(GST_BUFFER_PTS(frame.output.get())), nameOf(frame.outcome),
                 *frame.reason ? ": " : "", frame.reason);
  *output = frame.output.release();
  return GST_FLOW_OK;
}

void Streaming::drain() {
  GstFlowReturn flow = GST_FLOW_OK;
  while (flow == GST_FLOW_OK && !state_.flow().empty()) {
    GstBuffer* output = nullptr;
    flow = next(true, &output);
    if (output) flow = gst_pad_push(base()->srcpad, output);
  }
  if (flow == GST_FLOW_OK) return;
  GST_DEBUG_OBJECT(element_, "drained until %s", gst_flow_get_name(flow));
  drained_ = flow;
  state_.forgetFrames();
}

GstFlowReturn Streaming::configure(const GstVideoInfo& info) {
  drain();
  // Nobody needs to know a frame's time ahead where nothing is live.
  const auto known = upstream();
  const Configured configured = state_.configure(info, known && !known->live ? WarmUp::none : WarmUp::frame);
  if (configured.interrupted) return GST_FLOW_FLUSHING;
  if (configured.failed) {
    postError(element(), *configured.fault, "preparing for the video's size");
    return GST_FLOW_ERROR;
  }
  if (configured.fault) warnings_.post(element(), *configured.fault);
  if (configured.swap) announce(*configured.swap);
  if (configured.latencyChanged) postLatency();
  return GST_FLOW_OK;
}

}  // namespace cut::gst
