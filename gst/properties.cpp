#include "properties.hpp"

#include "property_ids.hpp"

namespace cut::gst {
namespace {

GParamSpec* properties[PROP_COUNT];
guint modelUpdated = 0;

}  // namespace

void installProperties(GObjectClass* klass) {
  defineModelProperties(properties);
  defineLiveProperties(properties);
  g_object_class_install_properties(klass, PROP_COUNT, properties);
  modelUpdated = g_signal_new("model-updated", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, nullptr,
                              nullptr, nullptr, G_TYPE_NONE, 1, G_TYPE_STRING);
}

bool setProperty(TranslateState& state, guint id, const GValue* value) {
  return setModelProperty(state, id, value) || setLiveProperty(state, id, value);
}

bool getProperty(const TranslateState& state, guint id, GValue* value) {
  return getModelProperty(state, id, value) || getLiveProperty(state, id, value);
}

void notifyActive(GObject* object) {
  for (const guint id : {PROP_ACTIVE_MODEL, PROP_ACTIVE_ENGINE, PROP_ACTIVE_DEVICE, PROP_ACTIVE_PRECISION})
    g_object_notify_by_pspec(object, properties[id]);
}

void notifyModel(GObject* object) {
  g_object_notify_by_pspec(object, properties[PROP_MODEL]);
}

void emitModelUpdated(GObject* object, const std::string& model) {
  g_signal_emit(object, modelUpdated, 0, model.c_str());
}

}  // namespace cut::gst
