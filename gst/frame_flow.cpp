#include "frame_flow.hpp"

#include <algorithm>
#include <utility>

#include "compose.hpp"

namespace cut::gst {
namespace {

using Clock = Signal::Clock;

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string secondsText(std::uint64_t nanoseconds) {
  g_autofree gchar* text = g_strdup_printf("%.3g", static_cast<double>(nanoseconds) / 1e9);
  return text;
}

}  // namespace

void FrameFlow::use(std::shared_ptr<FrameTranslator> translator, const std::string& model, int crossfade) {
  const bool fades = crossfade > 0 && translator_ && translator;
  fading_ = fades ? std::move(translator_) : nullptr;
  fadingFrames_ = fades ? crossfade : 0;
  fadingAt_ = 0;
  translator_ = std::move(translator);
  model_ = model;
}

void FrameFlow::useNone(const Fault& fault, const std::string& model) {
  use(nullptr, model, 0);
  none_ = fault;
}

// The engine's tasks hold their frames: without their translators these do not hold the tasks' stream in
// turn.
std::size_t FrameFlow::flush() {
  for (const auto& frame : frames_)
    for (Rendering* rendering : {frame->rendering.get(), frame->fading.get()})
      if (rendering) rendering->by.reset();
  last_.reset();
  discont_ = false;
  discontNext_ = false;
  return std::exchange(frames_, {}).size();
}

std::size_t FrameFlow::clear() {
  const std::size_t forgotten = flush();
  abandoned_.reset();
  use(nullptr, {}, 0);
  return forgotten;
}

void FrameFlow::begin(const std::shared_ptr<Frame>& frame) {
  frame->discont = std::exchange(discont_, false);
  frame->model = model_;
  if (frame->outcome == FrameOutcome::translated) {
    if (!translator_)
      frame->fault = none_;
    else if (stuck())
      frame->fault = Fault{ErrorKind::internal,
                           "the engine still works on a frame that it did not finish within frame-timeout"};
    else
      render(frame);
  }
  frames_.push_back(frame);
}

void FrameFlow::render(const std::shared_ptr<Frame>& frame) {
  const auto start = Clock::now();
  frame->rendering = std::make_unique<Rendering>();
  frame->rendering->target = frame->to->get();
  if (fading_ && fadingAt_ == fadingFrames_) fading_.reset();
  if (fading_) {
    frame->fadingWeight = 1 - static_cast<double>(++fadingAt_) / (fadingFrames_ + 1);
    frame->fading = std::make_unique<Rendering>();
    frame->fading->own = std::make_unique<ScratchFrame>(fading_->info());
    frame->fading->target = frame->fading->own->get();
    fading_->begin(frame, *frame->fading, signal_);
  }
  translator_->begin(frame, *frame->rendering, signal_);
  frame->times.convert = secondsSince(start);
}

// Under the signal's lock.
bool FrameFlow::ready(const Frame& frame) const {
  return (!frame.rendering || frame.rendering->finished) && (!frame.fading || frame.fading->finished);
}

std::size_t FrameFlow::translating() const {
  return signal_->look([this] {
    return static_cast<std::size_t>(
        std::count_if(frames_.begin(), frames_.end(), [this](const auto& frame) { return !ready(*frame); }));
  });
}

bool FrameFlow::stuck() {
  if (abandoned_ && signal_->look([this] { return ready(*abandoned_); })) abandoned_.reset();
  return abandoned_ != nullptr;
}

std::optional<Fault> FrameFlow::faultOf(const Frame& frame) const {
  if (frame.fault) return frame.fault;
  for (const Rendering* rendering : {frame.rendering.get(), frame.fading.get()})
    if (rendering && rendering->outcome.fault) return rendering->outcome.fault;
  return std::nullopt;
}

Step FrameFlow::next(bool all, const MakeOutput& makeOutput) {
  Step step;
  if (frames_.empty()) return step;
  const std::shared_ptr<Frame>& front = frames_.front();
  const auto isReady = [&] { return ready(*front); };
  const bool full =
      all || frames_.size() >= static_cast<std::size_t>(frames_.back()->controls.framesInFlight);
  if (!full && !signal_->look(isReady)) return step;
  std::optional<Clock::time_point> deadline;
  if (ends(front->controls.frameTimeout))
    deadline = front->arrived + std::chrono::nanoseconds(front->controls.frameTimeout);
  const Woken woken = signal_->wait(isReady, deadline);
  if (woken == Woken::interrupted) {
    step.interrupted = true;
    return step;
  }
  step.frame = std::move(frames_.front());
  frames_.pop_front();
  const bool abandoned = woken == Woken::late;
  if (abandoned) {
    abandoned_ = step.frame;
    step.fault = Fault{ErrorKind::internal, "the engine has not answered for " +
                                                secondsText(step.frame->controls.frameTimeout) +
                                                " s, which is frame-timeout"};
  } else {
    step.fault = faultOf(*step.frame);
  }
  settle(step, abandoned, makeOutput);
  return step;
}

// Decides what is shown, and paints it.
void FrameFlow::settle(Step& step, bool abandoned, const MakeOutput& makeOutput) {
  if (step.fault) {
    const ErrorPolicy policy = step.frame->controls.onError;
    step.failed = policy == ErrorPolicy::fail;
    if (abandoned && !step.failed) {
      // The engine may still write into its output.
      Frame& old = *step.frame;
      auto fresh = std::make_shared<Frame>(old.in.get(), makeOutput(old.in.get()), old.info, old.controls);
      fresh->discont = old.discont;
      fresh->model = old.model;
      fresh->arrived = old.arrived;
      step.frame = std::move(fresh);
    }
    step.frame->reason = "error";
    step.frame->outcome = policy == ErrorPolicy::passthrough ? FrameOutcome::passed
                          : policy == ErrorPolicy::repeat    ? FrameOutcome::repeated
                                                             : FrameOutcome::dropped;
  }
  Frame& frame = *step.frame;
  if (frame.outcome != FrameOutcome::dropped && !frame.whole()) frame.outcome = FrameOutcome::dropped;
  frame.discont |= std::exchange(discontNext_, frame.outcome == FrameOutcome::dropped);
  if (frame.outcome == FrameOutcome::dropped) return;
  paint(frame);
  keep(frame);
  if (frame.rendering) {
    frame.times.wait = frame.rendering->outcome.waited;
    frame.times.inference = frame.rendering->outcome.ran;
  }
  frame.times.total = secondsSince(frame.arrived);
  frame.release();
}

void FrameFlow::paint(Frame& frame) {
  if (frame.outcome == FrameOutcome::repeated && !last_) frame.outcome = FrameOutcome::passed;
  switch (frame.outcome) {
    case FrameOutcome::translated:
      compose(frame);
      break;
    case FrameOutcome::repeated:
      copyFrame(frame.to->get(), last_->get());
      break;
    case FrameOutcome::passed:
    case FrameOutcome::dropped:
      copyFrame(frame.to->get(), frame.from->get());
      break;
  }
}

void FrameFlow::compose(Frame& frame) {
  const auto start = Clock::now();
  GstVideoFrame* const to = frame.to->get();
  if (frame.fading) mix(to, frame.fading->target, frame.fadingWeight);
  const Controls& controls = frame.controls;
  mix(to, frame.from->get(), 1 - controls.strength);
  if (controls.output == Output::split) copyLeft(to, frame.from->get(), controls.splitPosition);
  frame.times.convert += secondsSince(start);
}

void FrameFlow::keep(Frame& frame) {
  if (!frame.controls.repeats()) {
    last_.reset();
    return;
  }
  if (frame.outcome == FrameOutcome::repeated) return;
  if (!last_) last_ = std::make_unique<ScratchFrame>(frame.info);
  copyFrame(last_->get(), frame.to->get());
}

}  // namespace cut::gst
