// Models that are opened and warmed in the background, while frames go on through another.
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
#include "settings.hpp"

namespace cut::gst {

struct LoadedModel {
  Settings settings;
  std::shared_ptr<SharedModel> model;
  std::shared_ptr<FrameTranslator> translator;  // warm; nullptr where it was opened for no such frames
  double seconds = 0;                           // that it took
  double frameSeconds = 0;                      // of the warm-up's frame, where the translator is warm

  bool warmFor(const GstVideoInfo& info) const;
};

// All functions may be called from any thread.
class ModelLoader {
 public:
  // Told on a thread of the loader's, which may outlive it, and under no lock: `model` is still wanted and
  // could not be loaded.
  using Failed = std::function<void(const std::string& model, const Fault& fault)>;

  explicit ModelLoader(Failed failed) : failed_(std::move(failed)) {}
  ~ModelLoader();
  ModelLoader(const ModelLoader&) = delete;
  ModelLoader& operator=(const ModelLoader&) = delete;

  // Of several that are asked for the last counts. It begins when the one before has ended, which is given up
  // after a second: an engine may hang. `info`: the frames to warm it for.
  void request(const Settings& settings, const std::optional<GstVideoInfo>& info);
  // The same for one that was taken, and is to be warmed for other frames; unless another one has been asked
  // for meanwhile.
  void warm(std::unique_ptr<LoadedModel> loaded, const GstVideoInfo& info);
  // What has been loaded since the last time.
  std::unique_ptr<LoadedModel> take();
  // Forgets what was asked for. Waits a fifth of a second for it to end, and then leaves it alone.
  void cancel();

 private:
  // One that was asked for. Its thread's as well, which may outlive the loader.
  class Work {
   public:
    const std::shared_ptr<InterruptibleCondition>& signal() const noexcept { return signal_; }

    void cancel();
    bool cancelled() const;
    void give(std::unique_ptr<LoadedModel> loaded);  // it is freed where that was cancelled
    std::unique_ptr<LoadedModel> take();
    void end();
    void waitForEnd(std::chrono::milliseconds most);

   private:
    const std::shared_ptr<InterruptibleCondition> signal_ = std::make_shared<InterruptibleCondition>();
    mutable std::mutex mutex_;  // guards the rest; no other lock is taken under it
    std::condition_variable changed_;
    std::unique_ptr<LoadedModel> loaded_;
    bool cancelled_ = false;
    bool ended_ = false;
  };

  // What it is to do.
  struct Task {
    std::unique_ptr<LoadedModel> model;
    std::optional<GstVideoInfo> info;
    Failed failed;
  };

  std::shared_ptr<Work> start(std::unique_ptr<LoadedModel> model, const std::optional<GstVideoInfo>& info);
  static void run(Task task, const std::shared_ptr<Work>& work, const std::shared_ptr<Work>& before);
  static std::optional<Fault> load(LoadedModel& model, const std::optional<GstVideoInfo>& info,
                                   const std::shared_ptr<InterruptibleCondition>& signal);

  const Failed failed_;
  std::mutex mutex_;            // guards work_; Work's is taken under it
  std::shared_ptr<Work> work_;  // the last one, until it is taken
};

}  // namespace cut::gst
