#include "translate_state.hpp"

#include "cut/error.hpp"

namespace cut::gst {
namespace {

double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::shared_ptr<SharedModel> openModel(const Settings& settings) {
  if (settings.model.empty())
    throw Error(ErrorKind::invalidArgument,
                "no model is set; expected model=FILE, the weights of a generator");
  auto model = SharedModel::open(settings.model, settings.engine);
  const GeneratorSpec& spec = model->info().spec;
  if (spec.inputChannels != spec.outputChannels || (spec.inputChannels != 3 && spec.inputChannels != 1))
    throw Error(ErrorKind::unsupported, "the model takes " + std::to_string(spec.inputChannels) +
                                            " channels and gives " + std::to_string(spec.outputChannels) +
                                            "; video has 3, or 1 as GRAY8 (other counts: libcut)");
  if (settings.verify) model->verify();
  return model;
}

}  // namespace

Settings TranslateState::settings() const {
  const std::lock_guard lock(mutex_);
  return settings_;
}

std::optional<ActiveEngine> TranslateState::active() const {
  const std::lock_guard lock(mutex_);
  if (!model_) return std::nullopt;
  return model_->active();
}

int TranslateState::channels() const {
  const std::lock_guard lock(mutex_);
  return model_ ? model_->info().spec.inputChannels : 0;
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
  progress_ = {};
  openedAt_ = Clock::now();
  auto model = openModel(wanted);
  std::shared_ptr<CudaContextOffer> cudaContext = CudaContextOffer::make(model->active().device);
  const std::lock_guard lock(mutex_);
  opened_ = wanted;
  model_ = std::move(model);
  cudaContext_ = std::move(cudaContext);
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

void TranslateState::close() {
  stop();
  std::shared_ptr<SharedModel> model;  // freed after the lock: its worker may take a moment
  std::shared_ptr<CudaContextOffer> cudaContext;
  const std::lock_guard lock(mutex_);
  model = std::move(model_);
  cudaContext = std::move(cudaContext_);
}

void TranslateState::stop() {
  translator_.reset();
  stream_.reset();
  latency_ = 0;
}

bool TranslateState::configure(const GstVideoInfo& info) {
  std::shared_ptr<SharedModel> model;
  {
    const std::lock_guard lock(mutex_);
    model = model_;
  }
  if (!model) throw Error(ErrorKind::internal, "caps before a model is open");
  translator_.reset();
  if (!stream_) stream_ = model->makeStream();
  translator_ = std::make_unique<FrameTranslator>(*stream_, info);
  latency_ = 0;
  return updateLatency(translator_->warmUpSeconds());
}

// Reported from the start, raised by a tenth more than needed so that noise does not raise it again and
// again.
bool TranslateState::updateLatency(double seconds) {
  const auto measured = static_cast<GstClockTime>(seconds * GST_SECOND);
  if (measured <= latency_) return false;
  latency_ = measured + measured / 10;
  return true;
}

bool TranslateState::translate(GstVideoFrame* in, GstVideoFrame* out) {
  if (!translator_) throw Error(ErrorKind::internal, "a frame before its caps");
  const auto start = Clock::now();
  translator_->translate(in, out);
  const double seconds = secondsSince(start);
  if (progress_.frames++ == 0) progress_.firstFrameAfter = secondsSince(openedAt_);
  progress_.seconds += seconds;
  return updateLatency(seconds);
}

}  // namespace cut::gst
