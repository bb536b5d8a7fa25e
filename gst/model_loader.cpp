// SPDX-License-Identifier: MIT
#include "model_loader.hpp"

#include <pthread.h>

#include <thread>
#include <utility>

#include "caps.hpp"
#include "messages.hpp"

namespace cut::gst {
namespace {

// A state change waits so long for a loader thread.
constexpr std::chrono::milliseconds cancelTimeout{200};
// A request waits so long for the previous one's thread: both at once would need memory for both models.
constexpr std::chrono::milliseconds previousTimeout{1000};

bool sameChannels(const SharedModel& model, const GstVideoInfo& info) {
  return model.info().spec.inputChannels == channelsOf(info);
}

}  // namespace

std::shared_ptr<SharedModel> openModel(const Settings& settings) {
  if (settings.model.empty())
    throw Error(ErrorKind::invalidArgument,
                "no model is set; expected model=FILE with the weights of a generator");
  auto model = SharedModel::open(settings.model, settings.engine);
  const GeneratorSpec& spec = model->info().spec;
  if (spec.inputChannels != spec.outputChannels || (spec.inputChannels != 3 && spec.inputChannels != 1))
    throw Error(ErrorKind::unsupported,
                "the model has " + std::to_string(spec.inputChannels) + " input and " +
                    std::to_string(spec.outputChannels) +
                    " output channels; expected 3, or 1 for GRAY8 (libcuttranslate runs others)");
  if (settings.verify) model->verify();
  return model;
}

bool LoadedModel::warmFor(const GstVideoInfo& info) const {
  return translator && gst_video_info_is_equal(&translator->info(), &info);
}

void ModelLoader::Work::cancel() {
  std::unique_ptr<LoadedModel> unwanted;  // freed after the lock
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    unwanted.swap(loaded_);
  }
  condition_->interrupt(Interruption::stop);
}

bool ModelLoader::Work::cancelled() const {
  const std::lock_guard lock(mutex_);
  return cancelled_;
}

void ModelLoader::Work::finish(std::unique_ptr<LoadedModel> loaded) {
  const std::lock_guard lock(mutex_);
  if (!cancelled_) loaded_ = std::move(loaded);  // else the parameter frees it, after the lock
}

std::unique_ptr<LoadedModel> ModelLoader::Work::take() {
  const std::lock_guard lock(mutex_);
  return std::move(loaded_);
}

void ModelLoader::Work::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

void ModelLoader::Work::waitForEnd(std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, most, [this] { return ended_; });
}

ModelLoader::~ModelLoader() {
  cancel();
}

void ModelLoader::request(const Settings& settings, const std::optional<GstVideoInfo>& info) {
  auto model = std::make_unique<LoadedModel>();
  model->settings = settings;
  std::unique_lock lock(mutex_);
  const std::shared_ptr<Work> previous = start(std::move(model), info);
  lock.unlock();
  if (previous) previous->cancel();
}

void ModelLoader::warm(std::unique_ptr<LoadedModel> loaded, const GstVideoInfo& info) {
  loaded->translator = nullptr;
  const std::lock_guard lock(mutex_);
  if (!work_) start(std::move(loaded), info);
}

std::unique_ptr<LoadedModel> ModelLoader::take() {
  const std::lock_guard lock(mutex_);
  auto loaded = work_ ? work_->take() : nullptr;
  if (loaded) work_.reset();
  return loaded;
}

void ModelLoader::cancel() {
  std::shared_ptr<Work> work;
  {
    const std::lock_guard lock(mutex_);
    work.swap(work_);
  }
  if (!work) return;
  work->cancel();
  work->waitForEnd(cancelTimeout);
}

// mutex_ is held. Returns the previous request.
std::shared_ptr<ModelLoader::Work> ModelLoader::start(std::unique_ptr<LoadedModel> model,
                                                      const std::optional<GstVideoInfo>& info) {
  auto work = std::make_shared<Work>();
  std::thread(&ModelLoader::run, Task{std::move(model), info, failed_}, work, work_).detach();
  return std::exchange(work_, std::move(work));
}

void ModelLoader::run(Task task, const std::shared_ptr<Work>& work, const std::shared_ptr<Work>& previous) {
  pthread_setname_np(pthread_self(), "cut-loader");
  if (previous) previous->waitForEnd(previousTimeout);
  if (!work->cancelled()) {
    const std::optional<Fault> fault = load(*task.model, task.info, work->condition());
    if (!fault)
      work->finish(std::move(task.model));
    else if (!work->cancelled())
      task.failed(task.model->settings.model, *fault);
  }
  task = {};  // frees what the task holds before the next request may start
  work->end();
}

// An interrupted warm-up belongs to a cancelled request, which drops the model.
std::optional<Fault> ModelLoader::load(LoadedModel& model, const std::optional<GstVideoInfo>& info,
                                       const std::shared_ptr<InterruptibleCondition>& condition) {
  const auto start = std::chrono::steady_clock::now();
  Prepared prepared;
  auto fault = faultOf([&] {
    if (!model.model) model.model = openModel(model.settings);
    if (!info || !sameChannels(*model.model, *info)) return;
    model.translator = std::make_shared<FrameTranslator>(model.model, *info);
    prepared = model.translator->prepare(WarmUp::frame, condition);
  });
  if (!fault) fault = prepared.fault;
  if (fault) return fault;
  model.frameSeconds = prepared.seconds;
  model.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return std::nullopt;
}

}  // namespace cut::gst
