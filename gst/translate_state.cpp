#include "translate_state.hpp"

#include <chrono>
#include <utility>

#include "caps.hpp"
#include "cuttranslate/error.hpp"
#include "open_model.hpp"

namespace cut::gst {
namespace {

constexpr const char* stillPreparing = "the engine is not yet ready for frames of this size";

}  // namespace

Settings TranslateState::settings() const {
  const std::lock_guard lock(mutex_);
  return settings_;
}

Controls TranslateState::controls() const {
  const std::lock_guard lock(mutex_);
  return controls_;
}

void TranslateState::setModel(const std::string& path) {
  std::unique_lock lock(mutex_);
  settings_.model = path;
  if (!streaming_) return;
  const Settings settings = settings_;
  const auto info = info_;
  lock.unlock();
  loader_.request(settings, info);
}

std::optional<ActiveEngine> TranslateState::active() const {
  const std::lock_guard lock(mutex_);
  if (!model_) return std::nullopt;
  return model_->active();
}

std::string TranslateState::activeModel() const {
  const std::lock_guard lock(mutex_);
  return model_ ? opened_.model : std::string();
}

std::size_t TranslateState::modelBytes() const {
  const std::lock_guard lock(mutex_);
  return model_ ? model_->info().weightBytes : 0;
}

int TranslateState::channels() const {
  const std::lock_guard lock(mutex_);
  const SharedModel* model = next_ ? next_->model.get() : model_.get();
  return model ? model->info().spec.inputChannels : 0;
}

GstClockTime TranslateState::latency() const {
  const std::lock_guard lock(mutex_);
  return latency_;
}

StructurePtr TranslateState::stats() const {
  return statsStructure(statistics_.report(), latency(), modelBytes());
}

bool TranslateState::offerCudaContext(GstElement* element, GstQuery* query) const {
  std::shared_ptr<CudaContextOffer> offer;
  {
    const std::lock_guard lock(mutex_);
    offer = cudaContext_;
  }
  return offer && offer->answer(element, query);
}

void TranslateState::open() {
  const Settings wanted = settings();
  adopt({wanted, openModel(wanted), nullptr, 0, 0});
}

bool TranslateState::reopenIfChanged() {
  {
    const std::lock_guard lock(mutex_);
    if (model_ && settings_ == opened_) return false;
  }
  close();
  open();
  return true;
}

void TranslateState::begin() {
  for (const auto why : {Interruption::flush, Interruption::stop}) flow_.condition()->resume(why);
  statistics_.restart();
  lateness_.restart();
  std::unique_lock lock(mutex_);
  streaming_ = true;
  if (settings_.model == opened_.model) return;
  const Settings settings = settings_;  // set since the model was opened
  lock.unlock();
  loader_.request(settings, {});
}

void TranslateState::stop() {
  std::unique_ptr<LoadedModel> next;  // freed after the lock
  {
    const std::lock_guard lock(mutex_);
    streaming_ = false;
    next.swap(next_);
    info_.reset();
    latency_ = 0;
  }
  loader_.cancel();
  statistics_.framesDropped(flow_.clear());
  preparing_.reset();
  estimate_.clear();
}

void TranslateState::close() {
  stop();
  std::shared_ptr<SharedModel> model;  // freed after the lock: its worker may take a moment
  std::shared_ptr<CudaContextOffer> cudaContext;
  const std::lock_guard lock(mutex_);
  model.swap(model_);
  cudaContext.swap(cudaContext_);
}

// The model is the present one from now on.
void TranslateState::adopt(const LoadedModel& loaded) {
  std::shared_ptr<SharedModel> model = loaded.model;  // freed after the lock
  std::shared_ptr<CudaContextOffer> cudaContext = CudaContextOffer::make(model->active().device);
  const std::lock_guard lock(mutex_);
  opened_ = loaded.settings;
  model.swap(model_);
  cudaContext.swap(cudaContext_);
}

Configured TranslateState::configure(const GstVideoInfo& info, WarmUp warmUp) {
  std::shared_ptr<SharedModel> model;
  std::unique_ptr<LoadedModel> next;
  {
    const std::lock_guard lock(mutex_);
    info_ = info;
    model = model_;
    if (next_ && next_->model->info().spec.inputChannels == channelsOf(info)) {
      next.swap(next_);
      model = next->model;
    }
  }
  if (!model) throw Error(ErrorKind::internal, "caps before a model is open");
  flow_.clear();  // first: both sizes at once might not fit
  preparing_.reset();
  duration_ = info.fps_n > 0 ? gst_util_uint64_scale_int(GST_SECOND, info.fps_d, info.fps_n) : 0;
  warmUp_ = warmUp;
  auto translator = std::make_shared<FrameTranslator>(model, info);
  Configured result;
  const Controls how = controls();
  const bool mayFail = how.onError != ErrorPolicy::fail && !next;
  std::optional<InterruptibleCondition::Clock::time_point> deadline;
  if (!next && isFinite(how.frameTimeout))
    deadline = InterruptibleCondition::Clock::now() + std::chrono::nanoseconds(how.frameTimeout);
  Prepared prepared = translator->prepare(warmUp, flow_.condition(), deadline);
  if (prepared.wait == WaitResult::timedOut) prepared.fault = Fault{ErrorKind::internal, stillPreparing};
  result.fault = prepared.fault;
  if (result.fault && next) reject(next->settings.model);
  result.failed = result.fault && !mayFail;
  if (result.failed) return result;
  result.interrupted = prepared.wait == WaitResult::interrupted;
  if (result.interrupted) return result;
  if (result.fault) {
    flow_.useNone(*result.fault, activeModel());
    preparing_ = std::move(translator);
    tried_ = InterruptibleCondition::Clock::now();
    estimate_.clear();
  } else {
    if (next) {
      result.swap = ModelSwap{next->settings.model, activeModel(), next->seconds};
      adopt(*next);
    }
    use(std::move(translator), activeModel(), prepared.seconds, 0);
  }
  result.latencyChanged = publishLatency(how);
  return result;
}

// The time of a warm-up's frame is what is known of the next ones.
void TranslateState::use(std::shared_ptr<FrameTranslator> translator, const std::string& model,
                         double frameSeconds, int crossfade) {
  flow_.use(std::move(translator), model, crossfade);
  preparing_.reset();
  if (frameSeconds > 0)
    estimate_.restart(frameSeconds);
  else
    estimate_.clear();
}

bool TranslateState::prepareAgain() {
  constexpr std::chrono::seconds pause{1};  // between two attempts: each may cost the engine much
  if (!preparing_) return false;
  const auto now = InterruptibleCondition::Clock::now();
  if (!preparing_->asked() && now < tried_ + pause) return false;
  const Prepared prepared = preparing_->prepare(warmUp_, flow_.condition(), now);
  if (prepared.wait == WaitResult::ready && !prepared.fault) {
    use(std::move(preparing_), activeModel(), prepared.seconds, 0);
    return publishLatency(controls());
  }
  if (prepared.fault) tried_ = now;
  flow_.useNone(prepared.fault.value_or(Fault{ErrorKind::internal, stillPreparing}), activeModel());
  return false;
}

void TranslateState::forgetFrames() {
  statistics_.framesDropped(flow_.flush());
}

void TranslateState::flush() {
  forgetFrames();
  flow_.condition()->resume(Interruption::flush);
  lateness_.restart();
}

ModelSwap TranslateState::swap(LoadedModel& loaded) {
  ModelSwap result{loaded.settings.model, activeModel(), loaded.seconds};
  adopt(loaded);
  use(std::move(loaded.translator), result.model, loaded.frameSeconds, controls().crossfade);
  return result;
}

void TranslateState::swapWithCaps(std::unique_ptr<LoadedModel> loaded) {
  loaded->translator = nullptr;  // the caps that come will want one of their own
  const std::lock_guard lock(mutex_);
  next_.swap(loaded);  // what it replaces is freed after the lock
}

void TranslateState::reject(const std::string& model) {
  const std::lock_guard lock(mutex_);
  if (settings_.model == model) settings_.model = next_ ? next_->settings.model : opened_.model;
}

bool TranslateState::forgetNext() {
  std::unique_ptr<LoadedModel> next;  // freed after the lock
  const std::lock_guard lock(mutex_);
  next.swap(next_);
  return next != nullptr;
}

Plan TranslateState::plan(const Arrival& arrival) {
  Plan plan;
  plan.controls = controls();
  statistics_.frameIn();
  if (!plan.controls.translates()) {
    plan.outcome = FrameOutcome::passed;
    plan.reason = "disabled";
    return plan;
  }
  if (!plan.controls.qos) return plan;
  // Those that are on their way to the engine come first.
  const std::uint64_t until = estimate_.typical() * (flow_.translating() + 1);
  plan.verdict = lateness_.judge(arrival, until, latency());
  if (!plan.verdict.late) return plan;
  statistics_.frameLate();
  plan.reason = "late";
  const LatePolicy policy = plan.controls.late;
  plan.outcome = policy == LatePolicy::repeat        ? FrameOutcome::repeated
                 : policy == LatePolicy::passthrough ? FrameOutcome::passed
                                                     : FrameOutcome::dropped;
  return plan;
}

bool TranslateState::account(const Frame& frame, bool failed) {
  if (failed) statistics_.frameFailed();
  statistics_.frameFinished(frame.outcome);
  if (frame.outcome != FrameOutcome::translated) return false;
  statistics_.frameTimes(frame.times);
  // Of several frames on their way the wait is for this stream's own, which publishLatency() counts.
  const double wait = frame.controls.framesInFlight > 1 ? 0 : frame.times.wait;
  estimate_.add(wait + frame.times.inference + frame.times.convert);
  return publishLatency(frame.controls);
}

// A frame goes out when the last of those that may be on their way has come in.
bool TranslateState::publishLatency(const Controls& controls) {
  const GstClockTime latency =
      estimate_.reported() + static_cast<GstClockTime>(controls.framesInFlight - 1) *
                                 std::max<GstClockTime>(duration_, estimate_.reported());
  const std::lock_guard lock(mutex_);
  return std::exchange(latency_, latency) != latency;
}

}  // namespace cut::gst
