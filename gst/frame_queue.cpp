// SPDX-License-Identifier: MIT
#include "frame_queue.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "gstcuttranslatemeta.h"

namespace cut::gst {
namespace {

using Clock = InterruptibleCondition::Clock;

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string secondsText(std::uint64_t nanoseconds) {
  g_autofree gchar* text = g_strdup_printf("%.3g", static_cast<double>(nanoseconds) / 1e9);
  return text;
}

FrameOutcome outcomeOf(ErrorPolicy policy) {
  switch (policy) {
    case ErrorPolicy::passthrough:
      return FrameOutcome::passed;
    case ErrorPolicy::repeat:
      return FrameOutcome::repeated;
    case ErrorPolicy::fail:
    case ErrorPolicy::drop:
      break;
  }
  return FrameOutcome::dropped;
}

}  // namespace

Frame::Frame(GstBuffer* in, BufferPtr out, const GstVideoInfo& video, const Controls& values)
    : info(video), input(gst_buffer_ref(in)), output(std::move(out)), controls(values) {
  source.emplace(info, input.get(), GST_MAP_READ);
  if (output) target.emplace(info, output.get(), GST_MAP_WRITE);
}

void Frame::release() {
  rendering.reset();
  fading.reset();
  source.reset();
  target.reset();
  input.reset();
}

void registerFrameMeta() {
  static const gchar* tags[] = {nullptr};  // no tags: it stays true whatever is done to the picture later
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
  GstCustomMeta* meta = gst_buffer_add_custom_meta(frame.output.get(), GST_CUT_TRANSLATE_META_NAME);
  gst_structure_set(gst_custom_meta_get_structure(meta), "model", G_TYPE_STRING, frame.model.c_str(),
                    "translated", G_TYPE_BOOLEAN, translated, "outcome", G_TYPE_STRING, nameOf(frame.outcome),
                    "reason", G_TYPE_STRING, frame.reason, "inference-time", G_TYPE_UINT64,
                    translated ? inference : 0, "strength", G_TYPE_DOUBLE,
                    translated ? frame.controls.strength : 0.0, nullptr);
}

void FrameQueue::use(std::shared_ptr<FrameTranslator> translator, const std::string& model, int crossfade) {
  const bool fades = crossfade > 0 && translator_ && translator;
  fading_ = fades ? std::move(translator_) : nullptr;
  fadingFrames_ = fades ? crossfade : 0;
  fadedFrames_ = 0;
  translator_ = std::move(translator);
  model_ = model;
}

void FrameQueue::useNone(const Fault& fault, const std::string& model) {
  use(nullptr, model, 0);
  notReady_ = fault;
}

// The engine's queued tasks own their frames. A frame that owned its translator in turn would keep the stream
// alive that holds those tasks: the references would form a cycle.
std::size_t FrameQueue::flush() {
  for (const auto& frame : frames_)
    for (Rendering* rendering : {frame->rendering.get(), frame->fading.get()})
      if (rendering) rendering->translator.reset();
  lastOutput_.reset();
  discont_ = false;
  outputDiscont_ = false;
  return std::exchange(frames_, {}).size();
}

std::size_t FrameQueue::clear() {
  const std::size_t dropped = flush();
  overdue_.reset();
  use(nullptr, {}, 0);
  return dropped;
}

void FrameQueue::push(const std::shared_ptr<Frame>& frame) {
  frame->discont = std::exchange(discont_, false);
  frame->model = model_;
  if (frame->outcome == FrameOutcome::translated) {
    if (!translator_)
      frame->fault = notReady_;
    else if (engineOverdue())
      frame->fault =
          Fault{ErrorKind::internal, "the engine still works on a frame that exceeded frame-timeout"};
    else
      startRendering(frame);
  }
  frames_.push_back(frame);
}

void FrameQueue::startRendering(const std::shared_ptr<Frame>& frame) {
  const auto start = Clock::now();
  frame->rendering = std::make_unique<Rendering>();
  frame->rendering->target = frame->target->get();
  if (fading_ && fadedFrames_ == fadingFrames_) fading_.reset();
  if (fading_) {
    frame->fadingWeight = 1 - static_cast<double>(++fadedFrames_) / (fadingFrames_ + 1);
    frame->fading = std::make_unique<Rendering>();
    frame->fading->scratch = std::make_unique<ScratchFrame>(fading_->info());
    frame->fading->target = frame->fading->scratch->get();
    fading_->begin(frame, *frame->source->get(), *frame->fading, condition_);
  }
  translator_->begin(frame, *frame->source->get(), *frame->rendering, condition_);
  frame->times.convert = secondsSince(start);
}

// The condition's lock is held.
bool FrameQueue::rendered(const Frame& frame) const {
  return (!frame.rendering || frame.rendering->finished) && (!frame.fading || frame.fading->finished);
}

std::size_t FrameQueue::translating() const {
  return condition_->read([this] {
    return static_cast<std::size_t>(std::count_if(frames_.begin(), frames_.end(),
                                                  [this](const auto& frame) { return !rendered(*frame); }));
  });
}

bool FrameQueue::engineOverdue() {
  if (overdue_ && condition_->read([this] { return rendered(*overdue_); })) overdue_.reset();
  return overdue_ != nullptr;
}

std::optional<Fault> FrameQueue::faultOfRendering(const Frame& frame) const {
  if (frame.fault) return frame.fault;
  for (const Rendering* rendering : {frame.rendering.get(), frame.fading.get()})
    if (rendering && rendering->outcome.fault) return rendering->outcome.fault;
  return std::nullopt;
}

PopResult FrameQueue::pop(bool drain, const MakeOutput& makeOutput) {
  if (frames_.empty()) return {};
  const Frame& front = *frames_.front();
  const auto isRendered = [&] { return rendered(front); };
  const bool full = frames_.size() >= static_cast<std::size_t>(frames_.back()->controls.framesInFlight);
  if (!drain && !full && !condition_->read(isRendered)) return {};
  std::optional<Clock::time_point> deadline;
  if (isFinite(front.controls.frameTimeout))
    deadline = front.arrived + std::chrono::nanoseconds(front.controls.frameTimeout);
  const WaitResult wait = condition_->wait(isRendered, deadline);
  if (wait == WaitResult::interrupted) return {true, nullptr, std::nullopt, false};
  return take(wait == WaitResult::timedOut, makeOutput);
}

PopResult FrameQueue::take(bool timedOut, const MakeOutput& makeOutput) {
  PopResult result;
  result.frame = std::move(frames_.front());
  frames_.pop_front();
  if (timedOut) {
    overdue_ = result.frame;
    result.fault = Fault{ErrorKind::internal, "the engine did not finish the frame within frame-timeout, " +
                                                  secondsText(result.frame->controls.frameTimeout) + " s"};
  } else {
    result.fault = faultOfRendering(*result.frame);
  }
  if (result.fault) applyErrorPolicy(result, timedOut, makeOutput);
  Frame& frame = *result.frame;
  if (!frame.mapped()) frame.outcome = FrameOutcome::dropped;
  frame.discont |= std::exchange(outputDiscont_, frame.outcome == FrameOutcome::dropped);
  if (frame.outcome == FrameOutcome::dropped) return result;
  writeOutput(frame);
  keepForRepeat(frame);
  if (frame.rendering) {
    frame.times.wait = frame.rendering->outcome.waited;
    frame.times.inference = frame.rendering->outcome.ran;
  }
  frame.times.total = secondsSince(frame.arrived);
  frame.release();
  return result;
}

void FrameQueue::applyErrorPolicy(PopResult& result, bool timedOut, const MakeOutput& makeOutput) {
  const ErrorPolicy policy = result.frame->controls.onError;
  result.failed = policy == ErrorPolicy::fail;
  if (timedOut && !result.failed) {
    // The engine may still write to this frame's output: another one takes its place.
    const Frame& old = *result.frame;
    auto replacement =
        std::make_shared<Frame>(old.input.get(), makeOutput(old.input.get()), old.info, old.controls);
    replacement->discont = old.discont;
    replacement->model = old.model;
    replacement->arrived = old.arrived;
    result.frame = std::move(replacement);
  }
  result.frame->reason = "error";
  result.frame->outcome = outcomeOf(policy);
}

void FrameQueue::writeOutput(Frame& frame) {
  if (frame.outcome == FrameOutcome::repeated && !lastOutput_) frame.outcome = FrameOutcome::passed;
  switch (frame.outcome) {
    case FrameOutcome::translated:
      blendTranslation(frame);
      break;
    case FrameOutcome::repeated:
      copyFrame(frame.target->get(), lastOutput_->get());
      break;
    case FrameOutcome::passed:
    case FrameOutcome::dropped:
      copyFrame(frame.target->get(), frame.source->get());
      break;
  }
}

// Crossfade, strength and split, in this order.
void FrameQueue::blendTranslation(Frame& frame) {
  const auto start = Clock::now();
  GstVideoFrame* const target = frame.target->get();
  if (frame.fading) blend(target, frame.fading->target, frame.fadingWeight);
  const Controls& controls = frame.controls;
  blend(target, frame.source->get(), 1 - controls.strength);
  if (controls.output == Output::split) copyLeft(target, frame.source->get(), controls.splitPosition);
  frame.times.convert += secondsSince(start);
}

void FrameQueue::keepForRepeat(Frame& frame) {
  if (!frame.controls.repeats()) {
    lastOutput_.reset();
    return;
  }
  if (frame.outcome == FrameOutcome::repeated) return;
  if (!lastOutput_) lastOutput_ = std::make_unique<ScratchFrame>(frame.info);
  copyFrame(lastOutput_->get(), frame.target->get());
}

}  // namespace cut::gst
