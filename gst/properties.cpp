// SPDX-License-Identifier: MIT
#include "properties.hpp"

#include "translate_state.hpp"

namespace cut::gst {
namespace {

GParamSpec* specs[PROP_COUNT];
guint modelUpdated = 0;

const char* nickOf(GType type, int value) {
  auto* klass = static_cast<GEnumClass*>(g_type_class_ref(type));
  const GEnumValue* entry = g_enum_get_value(klass, value);
  g_type_class_unref(klass);
  return entry ? entry->value_nick : "auto";
}

int valueOf(GType type, const std::string& nick) {
  auto* klass = static_cast<GEnumClass*>(g_type_class_ref(type));
  const GEnumValue* entry = g_enum_get_value_by_nick(klass, nick.c_str());
  g_type_class_unref(klass);
  return entry ? entry->value : 0;
}

std::string stringOf(const GValue* value, const char* fallback) {
  const char* text = g_value_get_string(value);
  return text ? text : fallback;
}

void setPath(GValue* value, const std::string& path) {
  g_value_set_string(value, path.empty() ? nullptr : path.c_str());
}

bool setSetting(ModelSlot& models, guint id, const GValue* value) {
  if (id == PROP_MODEL) {
    models.setModel(stringOf(value, ""));
    return true;
  }
  bool known = true;
  models.change([&](Settings& settings) {
    EngineOptions& engine = settings.engine;
    switch (id) {
      case PROP_ENGINE:
        engine.engine = nickOf(engineType(), g_value_get_enum(value));
        break;
      case PROP_DEVICE:
        engine.device = stringOf(value, "auto");
        break;
      case PROP_PRECISION:
        engine.precision = static_cast<Precision>(g_value_get_enum(value));
        break;
      case PROP_THREADS:
        engine.threads = g_value_get_int(value);
        break;
      case PROP_VERIFY:
        settings.verify = g_value_get_boolean(value);
        break;
      case PROP_ALLOW_CODE:
        engine.allowCode = g_value_get_boolean(value);
        break;
      default:
        known = false;
    }
  });
  return known;
}

bool setControl(ControlValues& controls, guint id, const GValue* value) {
  bool known = true;
  controls.change([&](Controls& c) {
    switch (id) {
      case PROP_ENABLED:
        c.enabled = g_value_get_boolean(value);
        break;
      case PROP_STRENGTH:
        c.strength = g_value_get_double(value);
        break;
      case PROP_OUTPUT:
        c.output = static_cast<Output>(g_value_get_enum(value));
        break;
      case PROP_SPLIT_POSITION:
        c.splitPosition = g_value_get_double(value);
        break;
      case PROP_CROSSFADE:
        c.crossfade = g_value_get_int(value);
        break;
      case PROP_QOS:
        c.qos = g_value_get_boolean(value);
        break;
      case PROP_LATE:
        c.late = static_cast<LatePolicy>(g_value_get_enum(value));
        break;
      case PROP_ON_ERROR:
        c.onError = static_cast<ErrorPolicy>(g_value_get_enum(value));
        break;
      case PROP_FRAME_TIMEOUT:
        c.frameTimeout = g_value_get_uint64(value);
        break;
      case PROP_FRAMES_IN_FLIGHT:
        c.framesInFlight = g_value_get_int(value);
        break;
      case PROP_STATS_INTERVAL:
        c.statsInterval = g_value_get_uint64(value);
        break;
      default:
        known = false;
    }
  });
  return known;
}

bool getSetting(const Settings& settings, guint id, GValue* value) {
  switch (id) {
    case PROP_MODEL:
      setPath(value, settings.model);
      return true;
    case PROP_ENGINE:
      g_value_set_enum(value, valueOf(engineType(), settings.engine.engine));
      return true;
    case PROP_DEVICE:
      g_value_set_string(value, settings.engine.device.c_str());
      return true;
    case PROP_PRECISION:
      g_value_set_enum(value, static_cast<int>(settings.engine.precision));
      return true;
    case PROP_THREADS:
      g_value_set_int(value, settings.engine.threads);
      return true;
    case PROP_VERIFY:
      g_value_set_boolean(value, settings.verify);
      return true;
    case PROP_ALLOW_CODE:
      g_value_set_boolean(value, settings.engine.allowCode);
      return true;
    default:
      return false;
  }
}

bool getActive(const ModelSlot& models, guint id, GValue* value) {
  const auto set = [&](std::string ActiveEngine::*field) {
    const auto active = models.active();
    g_value_set_string(value, active ? ((*active).*field).c_str() : nullptr);
    return true;
  };
  switch (id) {
    case PROP_ACTIVE_MODEL:
      setPath(value, models.activePath());
      return true;
    case PROP_ACTIVE_ENGINE:
      return set(&ActiveEngine::engine);
    case PROP_ACTIVE_DEVICE:
      return set(&ActiveEngine::device);
    case PROP_ACTIVE_PRECISION:
      return set(&ActiveEngine::precision);
    default:
      return false;
  }
}

bool getControl(const Controls& controls, guint id, GValue* value) {
  switch (id) {
    case PROP_ENABLED:
      g_value_set_boolean(value, controls.enabled);
      return true;
    case PROP_STRENGTH:
      g_value_set_double(value, controls.strength);
      return true;
    case PROP_OUTPUT:
      g_value_set_enum(value, static_cast<int>(controls.output));
      return true;
    case PROP_SPLIT_POSITION:
      g_value_set_double(value, controls.splitPosition);
      return true;
    case PROP_CROSSFADE:
      g_value_set_int(value, controls.crossfade);
      return true;
    case PROP_QOS:
      g_value_set_boolean(value, controls.qos);
      return true;
    case PROP_LATE:
      g_value_set_enum(value, static_cast<int>(controls.late));
      return true;
    case PROP_ON_ERROR:
      g_value_set_enum(value, static_cast<int>(controls.onError));
      return true;
    case PROP_FRAME_TIMEOUT:
      g_value_set_uint64(value, controls.frameTimeout);
      return true;
    case PROP_FRAMES_IN_FLIGHT:
      g_value_set_int(value, controls.framesInFlight);
      return true;
    case PROP_STATS_INTERVAL:
      g_value_set_uint64(value, controls.statsInterval);
      return true;
    default:
      return false;
  }
}

}  // namespace

void installProperties(GObjectClass* klass) {
  makePropertySpecs(specs);
  g_object_class_install_properties(klass, PROP_COUNT, specs);
  modelUpdated = g_signal_new("model-updated", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, nullptr,
                              nullptr, nullptr, G_TYPE_NONE, 1, G_TYPE_STRING);
}

bool setProperty(TranslateState& state, guint id, const GValue* value) {
  return setSetting(state.models, id, value) || setControl(state.controls, id, value);
}

bool getProperty(const TranslateState& state, guint id, GValue* value) {
  if (id == PROP_STATS) {
    g_value_take_boxed(value, state.stats().release());
    return true;
  }
  return getSetting(state.models.settings(), id, value) || getActive(state.models, id, value) ||
         getControl(state.controls.get(), id, value);
}

void notifyActive(GObject* object) {
  for (const guint id : {PROP_ACTIVE_MODEL, PROP_ACTIVE_ENGINE, PROP_ACTIVE_DEVICE, PROP_ACTIVE_PRECISION})
    g_object_notify_by_pspec(object, specs[id]);
}

void notifyModel(GObject* object) {
  g_object_notify_by_pspec(object, specs[PROP_MODEL]);
}

void emitModelUpdated(GObject* object, const std::string& model) {
  g_signal_emit(object, modelUpdated, 0, model.c_str());
}

}  // namespace cut::gst
