// SPDX-License-Identifier: MIT
// The element's models: the open one, which translates frames, and those that are to replace it.
#pragma once

#include <gst/video/video.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "cuda_context.hpp"
#include "cuttranslate/engine.hpp"
#include "model_loader.hpp"
#include "properties.hpp"

namespace cut::gst {

// A model that replaced another.
struct ModelSwap {
  std::string model;  // paths
  std::string previous;
  double seconds = 0;  // of loading and warm-up
};

// The open model is replaced in one of two ways. With the same channels: once the loader has warmed the new
// one for the present caps, between two frames. With other channels: the new one is pending until the caps
// are renegotiated.
class ModelSlot {
 public:
  explicit ModelSlot(ModelLoader::Failed failed) : loader_(std::move(failed)) {}

  // What the properties ask for. From any thread.
  Settings settings() const;
  template <typename Change>
  void change(Change&& change) {
    const std::lock_guard lock(mutex_);
    change(settings_);
  }
  // While frames flow the model is loaded in the background.
  void setModel(const std::string& path);
  // The model of this path cannot be used: the property goes back to the pending model, or else to the open
  // one.
  void reject(const std::string& path);

  // The open model. From any thread.
  std::shared_ptr<SharedModel> model() const;  // nullptr: none is open
  std::optional<ActiveEngine> active() const;  // nothing: none is open
  std::string activePath() const;              // empty: none is open
  std::size_t weightBytes() const;             // 0: none is open
  int channels() const;                        // of the model that caps are negotiated for; 0: none is open
  bool answerContextQuery(GstElement* element, GstQuery* query) const;  // for a CUDA context

  // State changes. NULL→READY; throws what openModel() throws.
  void open();
  // READY→PAUSED: opens again if settings changed since, and returns whether it did. Throws like open().
  bool reopenIfChanged();
  void start();  // frames flow from now on: models are loaded in the background
  void stop();   // PAUSED→READY
  void close();

  // Of the streaming thread, from here on.

  // For new caps: returns the pending model, which is not pending any more, if it has their channels, or else
  // nullptr.
  std::unique_ptr<LoadedModel> takePending(const GstVideoInfo& info);
  // A model that the loader has finished; nullptr where there is none. It goes to one of the next three, or
  // reject().
  std::unique_ptr<LoadedModel> takeLoaded() { return loader_.take(); }
  // Has the loader warm the model for frames like these, after which takeLoaded() returns it again.
  void warm(std::unique_ptr<LoadedModel> loaded, const GstVideoInfo& info) {
    loader_.warm(std::move(loaded), info);
  }
  // Makes it the open model.
  ModelSwap swap(const LoadedModel& loaded);
  // Makes it the pending model: caps of its channels are to be negotiated.
  void setPending(std::unique_ptr<LoadedModel> loaded);

  // Forgets the pending model, since another one was set after it. Returns whether there was one.
  bool dropPending();

 private:
  void adopt(const LoadedModel& loaded);

  // Guards all down to streaming_. No other lock is taken while it is held, the engine is not called, and no
  // model is freed.
  mutable std::mutex mutex_;
  Settings settings_;
  Settings opened_;
  std::shared_ptr<SharedModel> model_;
  std::shared_ptr<CudaContextOffer> cudaContext_;
  std::unique_ptr<LoadedModel> pending_;
  std::optional<GstVideoInfo> info_;  // of the present caps
  bool streaming_ = false;

  ModelLoader loader_;
};

// Messages, log lines and signals about models. From any thread, with no lock held.
void announceOpened(GstElement* element, const ModelSlot& models);
void announceSwap(GstElement* element, const ModelSlot& models, const ModelSwap& swap);
// ModelSlot::reject() with a warning message that gives the reason.
void rejectModel(GstElement* element, ModelSlot& models, const std::string& path, const Fault& fault);

}  // namespace cut::gst
