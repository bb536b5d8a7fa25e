// SPDX-License-Identifier: MIT
#include "streaming.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "translate_state.hpp"

#define GST_CAT_DEFAULT frameCategory

namespace cut::gst {
namespace {

constexpr const char* notReady = "the engine is not yet ready for frames of this size";
constexpr const char* whilePreparing = "preparing for the video's size";

// The frames that may be in flight where `input` comes from a bounded pool: one more, and upstream would wait
// for a buffer while the element waits for the next frame.
int poolLimit(const GstBuffer* input) {
  guint most = 0;
  if (input->pool) {
    const StructurePtr config(gst_buffer_pool_get_config(input->pool));
    gst_buffer_pool_config_get_params(config.get(), nullptr, nullptr, nullptr, &most);
  }
  return most > 0 && most < G_MAXINT ? static_cast<int>(most) : G_MAXINT;
}

FrameOutcome outcomeOf(LatePolicy policy) {
  switch (policy) {
    case LatePolicy::repeat:
      return FrameOutcome::repeated;
    case LatePolicy::passthrough:
      return FrameOutcome::passed;
    case LatePolicy::drop:
      break;
  }
  return FrameOutcome::dropped;
}

}  // namespace

void Streaming::start() {
  for (const auto reason : {Interruption::flush, Interruption::stop}) queue_.condition()->resume(reason);
  state_.statistics.restart();
  state_.lateness.restart();
  state_.capsErrors.restart();
  newSegment();
  statsPosted_.reset();
  warnings_.restart();
}

void Streaming::stop() {
  state_.statistics.framesDropped(queue_.clear());
  preparing_.reset();
  estimate_.clear();
  state_.latency = 0;
}

void Streaming::newSegment() {
  upstreamKnown_ = false;
  drainFlow_ = GST_FLOW_OK;
}

void Streaming::flush() {
  state_.statistics.framesDropped(queue_.flush());
  queue_.condition()->resume(Interruption::flush);
  state_.lateness.restart();
}

GstFlowReturn Streaming::accept(BufferPtr input) {
  if (drainFlow_ != GST_FLOW_OK) return std::exchange(drainFlow_, GST_FLOW_OK);
  swapModels();
  prepareAgain();
  if (!std::exchange(upstreamKnown_, true))
    if (const auto upstream = queryUpstreamLatency(base()->sinkpad))
      state_.lateness.setUpstream(upstream->live, upstream->min);
  Plan plan = this->plan(input.get());
  if (plan.outcome == FrameOutcome::dropped) {
    GST_LOG_OBJECT(element_, "frame dropped, late by %" GST_STIME_FORMAT,
                   GST_STIME_ARGS(plan.verdict.jitter));
    queue_.markDiscont();
    state_.statistics.frameFinished(FrameOutcome::dropped);
    postStats(plan.controls);
    return GST_FLOW_OK;
  }
  int& inFlight = plan.controls.framesInFlight;
  if (inFlight > 1) inFlight = std::min({inFlight, mostFrames_, poolLimit(input.get())});
  Output output = makeOutput(input.get());
  const auto frame =
      std::make_shared<Frame>(input.get(), std::move(output.buffer), element_->in_info, plan.controls);
  input.reset();
  if (!frame->mapped()) {
    drain();  // the frames before it are whole
    return frame->output ? failUnmapped(*frame) : failWithoutOutput(output.flow);
  }
  frame->outcome = plan.outcome;
  frame->reason = plan.reason;
  queue_.push(frame);
  return GST_FLOW_OK;
}

Streaming::Plan Streaming::plan(GstBuffer* input) {
  Plan plan;
  plan.controls = state_.controls.get();
  state_.statistics.frameIn();
  if (!plan.controls.translates()) {
    plan.outcome = FrameOutcome::passed;
    plan.reason = "disabled";
    return plan;
  }
  if (!plan.controls.qos) return plan;
  // The engine first finishes the frames that are in the queue.
  const std::uint64_t translation = estimate_.typical() * (queue_.translating() + 1);
  const Arrival arrival = arrivalOf(element(), base()->segment, element_->in_info, input);
  plan.verdict = state_.lateness.judge(arrival, translation, state_.latency);
  if (!plan.verdict.late) return plan;
  state_.statistics.frameLate();
  postQos(element(), base()->segment, input, plan.verdict, state_.lateness.live(),
          state_.statistics.counts());
  plan.reason = "late";
  plan.outcome = outcomeOf(plan.controls.late);
  return plan;
}

Streaming::Output Streaming::makeOutput(GstBuffer* input) {
  const GstBaseTransformClass* klass = GST_BASE_TRANSFORM_GET_CLASS(base());
  GstBuffer* buffer = nullptr;
  Output output;
  if (!queue_.engineOverdue()) {
    output.flow = klass->prepare_output_buffer(base(), input, &buffer);
  } else if ((buffer = gst_buffer_new_allocate(nullptr, element_->out_info.size, nullptr))) {
    // The engine may hold the pool's last buffer, for which the pool would wait.
    klass->copy_metadata(base(), input, buffer);
    output.flow = GST_FLOW_OK;
  }
  if (output.flow == GST_FLOW_OK) output.buffer.reset(buffer);
  return output;
}

GstFlowReturn Streaming::failWithoutOutput(GstFlowReturn flow) const {
  if (GST_PAD_IS_FLUSHING(base()->srcpad)) return GST_FLOW_FLUSHING;
  if (flow < GST_FLOW_EOS)
    GST_ELEMENT_ERROR(element_, RESOURCE, NO_SPACE_LEFT,
                      ("downstream's pool gave no buffer of %" G_GSIZE_FORMAT " bytes for a frame",
                       element_->out_info.size),
                      ("flow: %s", gst_flow_get_name(flow)));
  return flow;
}

GstFlowReturn Streaming::failUnmapped(const Frame& frame) const {
  const bool input = !*frame.source;
  GST_ELEMENT_ERROR(element_, STREAM, FORMAT,
                    ("unusable buffer from %s: %s", input ? "upstream" : "downstream",
                     (input ? frame.source : frame.target)->mismatch().c_str()),
                    (nullptr));
  return GST_FLOW_ERROR;
}

GstFlowReturn Streaming::next(bool drain, GstBuffer** output) {
  *output = nullptr;
  while (!*output && !queue_.empty()) {
    const PopResult result = queue_.pop(drain, [this](GstBuffer* input) { return makeOutput(input).buffer; });
    if (result.interrupted) return GST_FLOW_FLUSHING;
    if (!result.frame) break;
    if (const GstFlowReturn flow = finish(result, output); flow != GST_FLOW_OK) return flow;
  }
  return GST_FLOW_OK;
}

GstFlowReturn Streaming::finish(const PopResult& result, GstBuffer** output) {
  Frame& frame = *result.frame;
  account(frame, result.fault.has_value());
  if (result.failed) {
    postError(element(), *result.fault, "translating a frame");
    return GST_FLOW_ERROR;
  }
  if (result.fault) warnings_.post(element(), *result.fault);
  postStats(frame.controls);
  if (frame.outcome == FrameOutcome::dropped) return GST_FLOW_OK;
  if (frame.discont) GST_BUFFER_FLAG_SET(frame.output.get(), GST_BUFFER_FLAG_DISCONT);
  addFrameMeta(frame);
  GST_LOG_OBJECT(element_, "frame %" GST_TIME_FORMAT " finished: %s%s%s",
                 GST_TIME_ARGS(GST_BUFFER_PTS(frame.output.get())), nameOf(frame.outcome),
                 *frame.reason ? ", " : "", frame.reason);
  *output = frame.output.release();
  return GST_FLOW_OK;
}

void Streaming::account(const Frame& frame, bool failed) {
  if (failed) state_.statistics.frameFailed();
  state_.statistics.frameFinished(frame.outcome);
  if (frame.outcome != FrameOutcome::translated) return;
  state_.statistics.frameTimes(frame.times);
  // With several frames in flight most of the wait is for this stream's own, which updateLatency() adds.
  const double wait = frame.controls.framesInFlight > 1 ? 0 : frame.times.wait;
  estimate_.add(wait + frame.times.inference + frame.times.convert);
  updateLatency(frame.controls);
}

void Streaming::postStats(const Controls& controls) {
  if (!isFinite(controls.statsInterval)) return;
  const auto now = Clock::now();
  if (statsPosted_ && now < *statsPosted_ + std::chrono::nanoseconds(controls.statsInterval)) return;
  statsPosted_ = now;
  gst_element_post_message(element(),
                           gst_message_new_element(GST_OBJECT(element_), state_.stats().release()));
}

void Streaming::drain() {
  GstFlowReturn flow = GST_FLOW_OK;
  while (flow == GST_FLOW_OK && !queue_.empty()) {
    GstBuffer* output = nullptr;
    flow = next(true, &output);
    if (output) flow = gst_pad_push(base()->srcpad, output);
  }
  if (flow == GST_FLOW_OK) return;
  GST_DEBUG_OBJECT(element_, "draining ended with %s", gst_flow_get_name(flow));
  drainFlow_ = flow;
  state_.statistics.framesDropped(queue_.flush());
}

GstFlowReturn Streaming::configure(const GstVideoInfo& info) {
  drain();
  // A warm-up measures the time of a frame, which only live pipelines need before the first one.
  const auto upstream = queryUpstreamLatency(base()->sinkpad);
  warmUp_ = upstream && !upstream->live ? WarmUp::none : WarmUp::frame;
  const std::unique_ptr<LoadedModel> pending = state_.models.takePending(info);
  const auto model = pending ? pending->model : state_.models.model();
  if (!model) {
    postError(element(), {ErrorKind::internal, "caps arrived before a model was open"}, whilePreparing);
    return GST_FLOW_ERROR;
  }
  queue_.clear();  // frees the old size's memory before the new size needs its own
  preparing_.reset();
  frameDuration_ = info.fps_n > 0 ? gst_util_uint64_scale_int(GST_SECOND, info.fps_d, info.fps_n) : 0;
  auto translator = std::make_shared<FrameTranslator>(model, info);
  const Controls controls = state_.controls.get();
  std::optional<Clock::time_point> deadline;
  if (!pending && isFinite(controls.frameTimeout))
    deadline = Clock::now() + std::chrono::nanoseconds(controls.frameTimeout);
  Prepared prepared = translator->prepare(warmUp_, queue_.condition(), deadline);
  if (prepared.wait == WaitResult::interrupted) return GST_FLOW_FLUSHING;
  if (prepared.wait == WaitResult::timedOut) prepared.fault = Fault{ErrorKind::internal, notReady};
  if (prepared.fault) return engineNotReady(std::move(translator), *prepared.fault, controls, pending.get());
  std::optional<ModelSwap> swap;
  if (pending) swap = state_.models.swap(*pending);
  use(std::move(translator), prepared.seconds, 0);
  if (swap) announceSwap(element(), state_.models, *swap);
  updateLatency(controls);
  return GST_FLOW_OK;
}

// A pending model is rejected, and ends the stream: there is no other one for these caps. With the open model
// on-error decides about the frames until the engine is ready.
GstFlowReturn Streaming::engineNotReady(std::shared_ptr<FrameTranslator> translator, const Fault& fault,
                                        const Controls& controls, const LoadedModel* pending) {
  if (pending) state_.models.reject(pending->settings.model);
  if (pending || controls.onError == ErrorPolicy::fail) {
    postError(element(), fault, whilePreparing);
    return GST_FLOW_ERROR;
  }
  queue_.useNone(fault, state_.models.activePath());
  preparing_ = std::move(translator);
  failedAt_ = Clock::now();
  estimate_.clear();
  warnings_.post(element(), fault);
  updateLatency(controls);
  return GST_FLOW_OK;
}

// Before each frame, without waiting.
void Streaming::prepareAgain() {
  constexpr std::chrono::seconds pause{1};  // between two attempts, which may be expensive for the engine
  if (!preparing_) return;
  const auto now = Clock::now();
  if (!preparing_->asked() && now < failedAt_ + pause) return;
  const Prepared prepared = preparing_->prepare(warmUp_, queue_.condition(), now);
  if (prepared.wait == WaitResult::ready && !prepared.fault) {
    use(std::move(preparing_), prepared.seconds, 0);
    updateLatency(state_.controls.get());
    return;
  }
  if (prepared.fault) failedAt_ = now;
  queue_.useNone(prepared.fault.value_or(Fault{ErrorKind::internal, notReady}), state_.models.activePath());
}

// The warm-up's time is the first estimate for the frames to come.
void Streaming::use(std::shared_ptr<FrameTranslator> translator, double frameSeconds, int crossfade) {
  queue_.use(std::move(translator), state_.models.activePath(), crossfade);
  preparing_.reset();
  if (frameSeconds > 0)
    estimate_.restart(frameSeconds);
  else
    estimate_.clear();
}

// A frame goes out when the last of frames-in-flight has come in: each beyond 1 adds a frame's duration.
void Streaming::updateLatency(const Controls& controls) {
  const GstClockTime latency =
      estimate_.reported() + static_cast<GstClockTime>(controls.framesInFlight - 1) *
                                 std::max<GstClockTime>(frameDuration_, estimate_.reported());
  if (state_.latency.exchange(latency) != latency) postLatency(element(), latency);
}

// A loaded model is used only once it is warm for the frames that it will get: the engine may hang in the
// warm-up, and the loader's thread can wait for that. A model with other channels is warmed before its caps
// are asked for, since a failure after that would end the stream.
void Streaming::swapModels() {
  auto loaded = state_.models.takeLoaded();
  if (!loaded) return;
  const int channels = loaded->model->info().spec.inputChannels;
  const bool sameCaps = channels == channelsOf(element_->in_info);
  if (!sameCaps && !neighboursSupport(base(), channels)) {
    rejectModel(
        element(), state_.models, loaded->settings.model,
        Fault{ErrorKind::unsupported,
              "the model has " + std::to_string(channels) +
                  " channels, and upstream or downstream has no such video; expected " +
                  (channels == 1 ? "GRAY8" : "RGB or YUV") + " on both sides (videoconvert makes it)"});
  } else if (const GstVideoInfo info = infoFor(channels); !loaded->warmFor(info)) {
    state_.models.warm(std::move(loaded), info);
  } else if (sameCaps) {
    const bool wasPending = state_.models.dropPending();
    const ModelSwap swap = state_.models.swap(*loaded);
    use(std::move(loaded->translator), loaded->frameSeconds, state_.controls.get().crossfade);
    announceSwap(element(), state_.models, swap);
    if (wasPending) gst_base_transform_reconfigure_sink(base());
  } else {
    GST_CAT_INFO_OBJECT(modelCategory, element_, "renegotiating for a model of %d channels", channels);
    state_.models.setPending(std::move(loaded));
    gst_base_transform_reconfigure_sink(base());
  }
}

// The present video, or what a model with other channels would get after renegotiation.
GstVideoInfo Streaming::infoFor(int channels) const {
  const GstVideoInfo& present = element_->in_info;
  if (channels == channelsOf(present)) return present;
  GstVideoInfo info;
  gst_video_info_init(&info);
  gst_video_info_set_format(&info, channels == 1 ? GST_VIDEO_FORMAT_GRAY8 : GST_VIDEO_FORMAT_RGB,
                            static_cast<guint>(present.width), static_cast<guint>(present.height));
  return info;
}

}  // namespace cut::gst
