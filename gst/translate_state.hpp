// What is behind the GObject: settings, the open model, the frames of the negotiated caps, and what is known
// of their time.
#pragma once

#include <gst/video/video.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "cuda_context.hpp"
#include "cuttranslate/engine.hpp"
#include "frame_queue.hpp"
#include "latency_estimate.hpp"
#include "lateness.hpp"
#include "model_loader.hpp"
#include "settings.hpp"
#include "stats.hpp"

namespace cut::gst {

// A model that took another's place.
struct ModelSwap {
  std::string model;  // paths
  std::string before;
  double seconds = 0;  // from asking for it until it was warm
};

// What came of new caps.
struct Configured {
  bool interrupted = false;
  bool latencyChanged = false;
  std::optional<ModelSwap> swap;
  std::optional<Fault> fault;  // the engine is not ready; until it is, on-error decides about frames
  bool failed = false;         // on-error=fail: the fault ends the stream
};

// What is to become of a frame that comes in.
struct Plan {
  Controls controls;
  FrameOutcome outcome = FrameOutcome::translated;
  const char* reason = "";
  Verdict verdict;
};

class TranslateState {
 public:
  // `failed`: of a model that was set while frames flow; rejectModel() is what becomes of it.
  explicit TranslateState(ModelLoader::Failed failed) : loader_(std::move(failed)) {}

  // From any thread.
  Settings settings() const;
  Controls controls() const;
  template <typename Change>
  void change(Change&& change) {
    const std::lock_guard lock(mutex_);
    change(settings_);
  }
  template <typename Change>
  void control(Change&& change) {
    const std::lock_guard lock(mutex_);
    change(controls_);
  }
  // While frames flow it is loaded in the background.
  void setModel(const std::string& path);
  std::optional<ActiveEngine> active() const;
  std::string activeModel() const;  // path; empty: none is open
  std::size_t modelBytes() const;
  bool offerCudaContext(GstElement* element, GstQuery* query) const;
  int channels() const;  // of the model that caps are negotiated for; 0: none is open
  GstClockTime latency() const;
  StructurePtr stats() const;  // of the property `stats`
  Statistics& statistics() noexcept { return statistics_; }
  const Statistics& statistics() const noexcept { return statistics_; }
  Lateness& lateness() noexcept { return lateness_; }
  // `model` cannot be had: goes on with the present one, or with the one that waits for its caps.
  void reject(const std::string& model);
  // Whoever waits for the engine.
  void interrupt(Interruption why) { flow_.condition()->interrupt(why); }

  // NULL→READY: opens the model. Throws cut::Error; `what` of no model set says so.
  void open();
  // READY→PAUSED: opens again where settings changed since; returns whether it did.
  bool reopenIfChanged();
  void begin();  // after that: frames may flow
  void stop();   // PAUSED→READY: frees what caps needed
  void close();

  // Of the streaming thread, from here on. For frames of these caps, none being on its way.
  Configured configure(const GstVideoInfo& info, WarmUp warmUp);
  // Before a frame: where the engine was not ready for these caps, whether it is now. Returns whether the
  // latency changed.
  bool prepareAgain();
  void flush();         // FLUSH_STOP
  void forgetFrames();  // that are on their way: they will not go out

  // A model that was asked for by setModel() and is loaded. It is to be given to one of the three that
  // follow, or rejected.
  std::unique_ptr<LoadedModel> takeLoaded() { return loader_.take(); }
  // Has it made ready for frames like these; then it is loaded once more.
  void warm(std::unique_ptr<LoadedModel> loaded, const GstVideoInfo& info) {
    loader_.warm(std::move(loaded), info);
  }
  // Puts it, warm for the present frames, in the place of the present one.
  ModelSwap swap(LoadedModel& loaded);
  // The same with the next caps, which are to be negotiated for it.
  void swapWithCaps(std::unique_ptr<LoadedModel> loaded);
  // Forgets the one that waits for its caps: it was asked for before another that is there. Whether there was
  // one.
  bool forgetNext();

  Plan plan(const Arrival& arrival);
  FrameQueue& flow() noexcept { return flow_; }
  // A frame is finished. Returns whether the latency changed.
  bool account(const Frame& frame, bool failed);

 private:
  void adopt(const LoadedModel& loaded);
  void use(std::shared_ptr<FrameTranslator> translator, const std::string& model, double frameSeconds,
           int crossfade);
  bool publishLatency(const Controls& controls);

  mutable std::mutex mutex_;  // guards all down to flow_; never held while another lock is taken
  Settings settings_;
  Controls controls_;
  Settings opened_;
  std::shared_ptr<SharedModel> model_;
  std::shared_ptr<CudaContextOffer> cudaContext_;
  std::unique_ptr<LoadedModel> next_;  // waits for its caps
  std::optional<GstVideoInfo> info_;
  bool streaming_ = false;
  GstClockTime latency_ = 0;

  // Of the streaming thread.
  FrameQueue flow_;
  LatencyEstimate estimate_;
  GstClockTime duration_ = 0;                   // of a frame
  std::shared_ptr<FrameTranslator> preparing_;  // for these caps, where the engine is not ready
  WarmUp warmUp_ = WarmUp::frame;
  InterruptibleCondition::Clock::time_point tried_;

  Statistics statistics_;
  Lateness lateness_;
  ModelLoader loader_;
};

}  // namespace cut::gst
