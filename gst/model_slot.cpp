// SPDX-License-Identifier: MIT
#include "model_slot.hpp"

#include "caps.hpp"
#include "messages.hpp"

#define GST_CAT_DEFAULT modelCategory

namespace cut::gst {

Settings ModelSlot::settings() const {
  const std::lock_guard lock(mutex_);
  return settings_;
}

void ModelSlot::setModel(const std::string& path) {
  std::unique_lock lock(mutex_);
  settings_.model = path;
  if (!streaming_) return;
  const Settings settings = settings_;
  const auto info = info_;
  lock.unlock();
  loader_.request(settings, info);
}

void ModelSlot::reject(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (settings_.model == path) settings_.model = pending_ ? pending_->settings.model : opened_.model;
}

std::shared_ptr<SharedModel> ModelSlot::model() const {
  const std::lock_guard lock(mutex_);
  return model_;
}

std::optional<ActiveEngine> ModelSlot::active() const {
  const std::lock_guard lock(mutex_);
  if (!model_) return std::nullopt;
  return model_->active();
}

std::string ModelSlot::activePath() const {
  const std::lock_guard lock(mutex_);
  return model_ ? opened_.model : std::string();
}

std::size_t ModelSlot::weightBytes() const {
  const std::lock_guard lock(mutex_);
  return model_ ? model_->info().weightBytes : 0;
}

int ModelSlot::channels() const {
  const std::lock_guard lock(mutex_);
  const SharedModel* model = pending_ ? pending_->model.get() : model_.get();
  return model ? model->info().spec.inputChannels : 0;
}

bool ModelSlot::answerContextQuery(GstElement* element, GstQuery* query) const {
  std::shared_ptr<CudaContextOffer> offer;
  {
    const std::lock_guard lock(mutex_);
    offer = cudaContext_;
  }
  return offer && offer->answer(element, query);
}

void ModelSlot::open() {
  const Settings wanted = settings();
  adopt({wanted, openModel(wanted), nullptr, 0, 0});
}

bool ModelSlot::reopenIfChanged() {
  {
    const std::lock_guard lock(mutex_);
    if (model_ && settings_ == opened_) return false;
  }
  close();
  open();
  return true;
}

void ModelSlot::start() {
  std::unique_lock lock(mutex_);
  streaming_ = true;
  if (settings_.model == opened_.model) return;
  const Settings settings = settings_;  // set since the model was opened
  lock.unlock();
  loader_.request(settings, {});
}

void ModelSlot::stop() {
  std::unique_ptr<LoadedModel> pending;  // freed after the lock
  {
    const std::lock_guard lock(mutex_);
    streaming_ = false;
    pending.swap(pending_);
    info_.reset();
  }
  loader_.cancel();
}

void ModelSlot::close() {
  stop();
  std::shared_ptr<SharedModel> model;  // freed after the lock: its worker thread may take a moment to end
  std::shared_ptr<CudaContextOffer> cudaContext;
  const std::lock_guard lock(mutex_);
  model.swap(model_);
  cudaContext.swap(cudaContext_);
}

void ModelSlot::adopt(const LoadedModel& loaded) {
  std::shared_ptr<SharedModel> model = loaded.model;  // then the previous one, freed after the lock
  std::shared_ptr<CudaContextOffer> cudaContext = CudaContextOffer::make(model->active().device);
  const std::lock_guard lock(mutex_);
  opened_ = loaded.settings;
  model.swap(model_);
  cudaContext.swap(cudaContext_);
}

std::unique_ptr<LoadedModel> ModelSlot::takePending(const GstVideoInfo& info) {
  const std::lock_guard lock(mutex_);
  info_ = info;
  if (!pending_ || pending_->model->info().spec.inputChannels != channelsOf(info)) return nullptr;
  return std::move(pending_);
}

ModelSwap ModelSlot::swap(const LoadedModel& loaded) {
  ModelSwap result{loaded.settings.model, activePath(), loaded.seconds};
  adopt(loaded);
  return result;
}

void ModelSlot::setPending(std::unique_ptr<LoadedModel> loaded) {
  loaded->translator = nullptr;  // the negotiated caps will need their own
  const std::lock_guard lock(mutex_);
  pending_.swap(loaded);  // the previous one is freed after the lock, with the parameter
}

bool ModelSlot::dropPending() {
  std::unique_ptr<LoadedModel> pending;  // freed after the lock
  const std::lock_guard lock(mutex_);
  pending.swap(pending_);
  return pending != nullptr;
}

void announceOpened(GstElement* element, const ModelSlot& models) {
  const auto active = models.active();
  if (!active) return;
  GST_CAT_INFO_OBJECT(elementCategory, element, "model %s: engine %s, device %s, precision %s, %d threads",
                      models.activePath().c_str(), active->engine.c_str(), active->device.c_str(),
                      active->precision.c_str(), active->threads);
  postNotice(element, *active);
  notifyActive(G_OBJECT(element));
}

void announceSwap(GstElement* element, const ModelSlot& models, const ModelSwap& swap) {
  GST_INFO_OBJECT(element, "model %s replaces %s", swap.model.c_str(), swap.previous.c_str());
  notifyActive(G_OBJECT(element));
  const auto active = models.active();
  if (!active) return;
  gst_element_post_message(
      element,
      gst_message_new_element(
          GST_OBJECT(element),
          gst_structure_new("cuttranslate-model-updated", "model", G_TYPE_STRING, swap.model.c_str(),
                            "previous", G_TYPE_STRING, swap.previous.c_str(), "engine", G_TYPE_STRING,
                            active->engine.c_str(), "device", G_TYPE_STRING, active->device.c_str(),
                            "precision", G_TYPE_STRING, active->precision.c_str(), "loading-time",
                            G_TYPE_UINT64, static_cast<guint64>(swap.seconds * GST_SECOND), nullptr)));
  postNotice(element, *active);
  emitModelUpdated(G_OBJECT(element), swap.model);
}

void rejectModel(GstElement* element, ModelSlot& models, const std::string& path, const Fault& fault) {
  GST_WARNING_OBJECT(element, "model %s is rejected: %s", path.c_str(), fault.message.c_str());
  models.reject(path);
  postWarning(element, fault, "changing the model");
  notifyModel(G_OBJECT(element));
}

}  // namespace cut::gst
