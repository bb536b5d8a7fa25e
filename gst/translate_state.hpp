// What is behind the GObject: settings, the open model, the stream of the negotiated caps, and the clock of
// it all.
#pragma once

#include <gst/video/video.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "cuda_context.hpp"
#include "cut/engine.hpp"
#include "frame_translator.hpp"

namespace cut::gst {

struct Settings {
  std::string model;  // path
  EngineOptions engine;
  bool verify = false;

  bool operator==(const Settings&) const = default;
};

// Counted from NULL→READY.
struct Progress {
  guint64 frames = 0;
  double seconds = 0;  // in translate(), all frames together
  double firstFrameAfter = 0;
};

class TranslateState {
 public:
  Settings settings() const;
  template <typename Change>
  void change(Change&& change) {
    const std::lock_guard lock(mutex_);
    change(settings_);
  }
  std::optional<ActiveEngine> active() const;
  bool offerCudaContext(GstElement* element, GstQuery* query) const;
  int channels() const;  // of the open model; 0: none is open

  // NULL→READY: opens the model. Throws cut::Error; `what` of no model set says so.
  void open();
  // READY→PAUSED: opens again where settings changed since; returns whether it did.
  bool reopenIfChanged();
  void close();

  // For frames of these caps; returns whether the latency changed.
  bool configure(const GstVideoInfo& info);
  // Returns whether the latency changed.
  bool translate(GstVideoFrame* in, GstVideoFrame* out);
  void stop();  // PAUSED→READY: frees what caps needed

  GstClockTime latency() const noexcept { return latency_.load(); }
  const Progress& progress() const noexcept { return progress_; }

 private:
  using Clock = std::chrono::steady_clock;

  bool updateLatency(double seconds);

  mutable std::mutex
      mutex_;  // guards settings_, opened_, model_ and cudaContext_; never held while inference runs
  Settings settings_;
  Settings opened_;
  std::shared_ptr<SharedModel> model_;
  std::shared_ptr<CudaContextOffer> cudaContext_;

  // Of the streaming thread.
  std::unique_ptr<Stream> stream_;
  std::unique_ptr<FrameTranslator> translator_;
  Progress progress_;
  Clock::time_point openedAt_;

  std::atomic<GstClockTime> latency_{0};
};

}  // namespace cut::gst
