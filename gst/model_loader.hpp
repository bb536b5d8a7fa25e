// SPDX-License-Identifier: MIT
// Opening model files: at once, or in the background while frames go through another model.
#pragma once

#include <gst/video/video.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "cuttranslate/error.hpp"
#include "frame_translator.hpp"
#include "properties.hpp"
#include "utilities.hpp"

namespace cut::gst {

// Throws what SharedModel::open and verify throw, invalidArgument where no model is set, and unsupported
// where no video has the model's channels.
std::shared_ptr<SharedModel> openModel(const Settings& settings);

struct LoadedModel {
  Settings settings;
  std::shared_ptr<SharedModel> model;
  std::shared_ptr<FrameTranslator> translator;  // warm; nullptr where no caps of its channels were known
  double seconds = 0;                           // of opening and warm-up
  double frameSeconds = 0;                      // of the warm-up's frame, where there is a translator

  bool warmFor(const GstVideoInfo& info) const;
};

// All functions may be called from any thread.
class ModelLoader {
 public:
  // Called on a loader thread, which may outlive the loader, with no lock held: the model of this path could
  // not be loaded, and is still wanted.
  using Failed = std::function<void(const std::string& path, const Fault& fault)>;

  explicit ModelLoader(Failed failed) : failed_(std::move(failed)) {}
  ~ModelLoader();
  ModelLoader(const ModelLoader&) = delete;
  ModelLoader& operator=(const ModelLoader&) = delete;

  // Loads a model, and warms it for frames of `info`; it replaces earlier requests. It starts when the
  // previous load has ended, or after a second, since that engine may hang.
  void request(const Settings& settings, const std::optional<GstVideoInfo>& info);
  // Warms a model from take() for other frames; freed instead where another model was requested since.
  void warm(std::unique_ptr<LoadedModel> loaded, const GstVideoInfo& info);
  // The loaded model; nullptr while there is none.
  std::unique_ptr<LoadedModel> take();
  // Drops the request. Waits 0.2 s for its thread to end, and then lets that thread end alone.
  void cancel();

 private:
  // One request, shared with its thread, which may outlive the loader.
  class Work {
   public:
    const std::shared_ptr<InterruptibleCondition>& condition() const noexcept { return condition_; }

    void cancel();
    bool cancelled() const;
    void finish(std::unique_ptr<LoadedModel> loaded);  // freed where the request was cancelled
    std::unique_ptr<LoadedModel> take();
    void end();  // of the thread
    void waitForEnd(std::chrono::milliseconds most);

   private:
    const std::shared_ptr<InterruptibleCondition> condition_ = std::make_shared<InterruptibleCondition>();
    mutable std::mutex mutex_;  // guards all below; no other lock is taken while it is held
    std::condition_variable changed_;
    std::unique_ptr<LoadedModel> loaded_;
    bool cancelled_ = false;
    bool ended_ = false;
  };

  struct Task {
    std::unique_ptr<LoadedModel> model;
    std::optional<GstVideoInfo> info;
    Failed failed;
  };

  std::shared_ptr<Work> start(std::unique_ptr<LoadedModel> model, const std::optional<GstVideoInfo>& info);
  static void run(Task task, const std::shared_ptr<Work>& work, const std::shared_ptr<Work>& previous);
  static std::optional<Fault> load(LoadedModel& model, const std::optional<GstVideoInfo>& info,
                                   const std::shared_ptr<InterruptibleCondition>& condition);

  const Failed failed_;
  std::mutex mutex_;            // guards work_; lock order: this one, then Work's
  std::shared_ptr<Work> work_;  // the last request, until its model is taken
};

}  // namespace cut::gst
