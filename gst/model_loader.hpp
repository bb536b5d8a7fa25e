// Models that are opened and warmed in the background, while frames go on through another.
#pragma once

#include <gst/video/video.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "cut/error.hpp"
#include "frame_translator.hpp"
#include "settings.hpp"

namespace cut::gst {

struct LoadedModel {
  Settings settings;
  std::shared_ptr<SharedModel> model;
  std::shared_ptr<FrameTranslator> translator;  // warm; nullptr where the model's channels are other ones
  double seconds = 0;                           // that it took
  double frameSeconds = 0;                      // of the warm-up's frame, where the translator is warm
  std::optional<Fault> fault;                   // then there is no model
};

// All functions may be called from any thread.
class ModelLoader {
 public:
  ModelLoader() = default;
  ~ModelLoader();
  ModelLoader(const ModelLoader&) = delete;
  ModelLoader& operator=(const ModelLoader&) = delete;

  // Of several that are asked for, one after the other, the last counts. `info`: the frames to warm it for.
  void request(const Settings& settings, const std::optional<GstVideoInfo>& info);
  // What has been loaded, or could not be, since the last time.
  std::unique_ptr<LoadedModel> take();
  // Forgets what was asked for. Waits a fifth of a second for it to end: an engine may hang, and is left
  // alone then.
  void cancel();

 private:
  struct Request {
    Settings settings;
    std::optional<GstVideoInfo> info;
  };
  // The thread's as well, which may outlive the loader.
  struct Work {
    std::mutex mutex;  // guards the rest; no other lock is taken under it
    std::condition_variable idle;
    std::shared_ptr<Signal> signal = std::make_shared<Signal>();
    std::unique_ptr<Request> wanted;
    std::unique_ptr<LoadedModel> loaded;
    bool running = false;
    bool cancelled = false;
  };

  static void run(const std::shared_ptr<Work>& work);
  static std::unique_ptr<LoadedModel> load(const Request& request, const std::shared_ptr<Signal>& signal);

  std::mutex mutex_;  // guards work_; Work's is taken under it
  std::shared_ptr<Work> work_ = std::make_shared<Work>();
};

}  // namespace cut::gst
