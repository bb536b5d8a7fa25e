#include "model_loader.hpp"

#include <pthread.h>

#include <chrono>
#include <thread>
#include <utility>

#include "caps.hpp"
#include "open_model.hpp"

namespace cut::gst {
namespace {

constexpr std::chrono::milliseconds patience{200};

bool fits(const SharedModel& model, const GstVideoInfo& info) {
  return model.info().spec.inputChannels == channelsOf(info);
}

}  // namespace

ModelLoader::~ModelLoader() {
  cancel();
}

void ModelLoader::request(const Settings& settings, const std::optional<GstVideoInfo>& info) {
  std::unique_ptr<LoadedModel> outdated;  // freed after the locks
  const std::lock_guard lock(mutex_);
  const std::lock_guard lockWork(work_->mutex);
  work_->wanted = std::make_unique<Request>(Request{settings, info});
  outdated.swap(work_->loaded);
  if (work_->running) return;
  work_->running = true;
  std::thread(&ModelLoader::run, work_).detach();
}

std::unique_ptr<LoadedModel> ModelLoader::take() {
  const std::lock_guard lock(mutex_);
  const std::lock_guard lockWork(work_->mutex);
  return std::move(work_->loaded);
}

void ModelLoader::cancel() {
  auto work = std::make_shared<Work>();
  {
    const std::lock_guard lock(mutex_);
    work.swap(work_);
  }
  work->signal->interrupt();
  std::unique_lock lockWork(work->mutex);
  work->cancelled = true;
  work->wanted.reset();
  work->idle.wait_for(lockWork, patience, [&work] { return !work->running; });
}

void ModelLoader::run(const std::shared_ptr<Work>& work) {
  pthread_setname_np(pthread_self(), "cut-loader");
  std::unique_lock lock(work->mutex);
  while (work->wanted) {
    const std::unique_ptr<Request> request = std::move(work->wanted);
    lock.unlock();
    auto loaded = load(*request, work->signal);
    lock.lock();
    if (!work->wanted && !work->cancelled) {
      work->loaded = std::move(loaded);
    } else {
      lock.unlock();
      loaded.reset();
      lock.lock();
    }
  }
  work->running = false;
  work->idle.notify_all();
}

// Nothing where it was interrupted.
std::unique_ptr<LoadedModel> ModelLoader::load(const Request& request,
                                               const std::shared_ptr<Signal>& signal) {
  auto loaded = std::make_unique<LoadedModel>();
  loaded->settings = request.settings;
  const auto start = std::chrono::steady_clock::now();
  try {
    loaded->model = openModel(request.settings);
    if (request.info && fits(*loaded->model, *request.info)) {
      loaded->translator = std::make_shared<FrameTranslator>(loaded->model, *request.info);
      const Prepared prepared = loaded->translator->prepare(WarmUp::frame, signal);
      if (prepared.woken != Woken::ready) return nullptr;
      loaded->frameSeconds = prepared.seconds;
    }
  } catch (const Error& error) {
    loaded->fault = Fault{error.kind(), error.what()};
  } catch (const std::bad_alloc&) {
    loaded->fault = Fault{ErrorKind::outOfMemory, "out of memory"};
  } catch (const std::exception& error) {
    loaded->fault = Fault{ErrorKind::internal, error.what()};
  }
  if (loaded->fault) loaded->model = nullptr;
  loaded->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return loaded;
}

}  // namespace cut::gst
