#include "model_loader.hpp"

#include <pthread.h>

#include <thread>
#include <utility>

#include "caps.hpp"
#include "messages.hpp"
#include "open_model.hpp"

namespace cut::gst {
namespace {

// With stopping.
constexpr std::chrono::milliseconds patience{200};
// With one that nobody wants any more: both at once would need memory for both.
constexpr std::chrono::milliseconds patienceBefore{1000};

bool fits(const SharedModel& model, const GstVideoInfo& info) {
  return model.info().spec.inputChannels == channelsOf(info);
}

}  // namespace

bool LoadedModel::warmFor(const GstVideoInfo& info) const {
  return translator && gst_video_info_is_equal(&translator->info(), &info);
}

void ModelLoader::Work::cancel() {
  std::unique_ptr<LoadedModel> outdated;  // freed after the lock
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    outdated.swap(loaded_);
  }
  signal_->interrupt(Interruption::stop);
}

bool ModelLoader::Work::cancelled() const {
  const std::lock_guard lock(mutex_);
  return cancelled_;
}

void ModelLoader::Work::give(std::unique_ptr<LoadedModel> loaded) {
  const std::lock_guard lock(mutex_);
  if (!cancelled_) loaded_ = std::move(loaded);  // else freed after the lock
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
  const std::shared_ptr<Work> before = start(std::move(model), info);
  lock.unlock();
  if (before) before->cancel();
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
  work->waitForEnd(patience);
}

// Under the lock. Returns the one before.
std::shared_ptr<ModelLoader::Work> ModelLoader::start(std::unique_ptr<LoadedModel> model,
                                                      const std::optional<GstVideoInfo>& info) {
  auto work = std::make_shared<Work>();
  std::thread(&ModelLoader::run, Task{std::move(model), info, failed_}, work, work_).detach();
  return std::exchange(work_, std::move(work));
}

void ModelLoader::run(Task task, const std::shared_ptr<Work>& work, const std::shared_ptr<Work>& before) {
  pthread_setname_np(pthread_self(), "cut-loader");
  if (before) before->waitForEnd(patienceBefore);
  if (!work->cancelled()) {
    const std::optional<Fault> fault = load(*task.model, task.info, work->signal());
    if (!fault)
      work->give(std::move(task.model));
    else if (!work->cancelled())
      task.failed(task.model->settings.model, *fault);
  }
  task = {};  // before others may begin
  work->end();
}

// Where it is interrupted nobody wants what comes of it.
std::optional<Fault> ModelLoader::load(LoadedModel& model, const std::optional<GstVideoInfo>& info,
                                       const std::shared_ptr<InterruptibleCondition>& signal) {
  const auto start = std::chrono::steady_clock::now();
  if (const auto fault = faultOf([&] {
        if (!model.model) model.model = openModel(model.settings);
      }))
    return fault;
  if (info && fits(*model.model, *info)) {
    Prepared prepared;
    if (auto fault = faultOf([&] {
          model.translator = std::make_shared<FrameTranslator>(model.model, *info);
          prepared = model.translator->prepare(WarmUp::frame, signal);
        }))
      return fault;
    if (prepared.fault) return prepared.fault;
    model.frameSeconds = prepared.seconds;
  }
  model.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return std::nullopt;
}

}  // namespace cut::gst
