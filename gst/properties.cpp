#include "properties.hpp"

#include <gst/gst.h>

namespace cut::gst {
namespace {

enum Property : guint {
  PROP_0,
  PROP_MODEL,
  PROP_ENGINE,
  PROP_DEVICE,
  PROP_PRECISION,
  PROP_THREADS,
  PROP_VERIFY,
  PROP_ACTIVE_ENGINE,
  PROP_ACTIVE_DEVICE,
  PROP_ACTIVE_PRECISION,
  PROP_COUNT
};

GParamSpec* properties[PROP_COUNT];

enum EngineChoice { engineAuto, engineTorch, engineCpu };

GType engineType() {
  static const GEnumValue values[] = {
      {engineAuto, "The fastest engine that can run the model exactly", "auto"},
      {engineTorch, "LibTorch: every network, on the CPU and on CUDA", "torch"},
      {engineCpu, "Kernels of our own: ResNet generators on the CPU, in fp32", "cpu"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstCutTranslateEngine", values);
  return type;
}

GType precisionType() {
  static const GEnumValue values[] = {
      {static_cast<int>(Precision::automatic), "The fastest that keeps 60 dB PSNR to the fp32 result",
       "auto"},
      {static_cast<int>(Precision::fp32), "32-bit floating point: the reference's numbers", "fp32"},
      {static_cast<int>(Precision::tf32), "TensorFloat-32 (not built yet)", "tf32"},
      {static_cast<int>(Precision::fp16), "16-bit floating point (CUDA)", "fp16"},
      {static_cast<int>(Precision::bf16), "bfloat16 products (engine cpu, AVX512-BF16)", "bf16"},
      {static_cast<int>(Precision::int8), "8-bit integers (not built: no faster than bf16 or fp32)", "int8"},
      {0, nullptr, nullptr}};
  static const GType type = g_enum_register_static("GstCutTranslatePrecision", values);
  return type;
}

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

constexpr auto settable =
    static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
constexpr auto readable = static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

void defineSettings() {
  properties[PROP_MODEL] = g_param_spec_string("model", "Model file",
                                               "Path of the generator's weights: a .pt file of cuttranslate "
                                               "(cut-trainer, cut-model convert), or a .pth "
                                               "state_dict as the reference implementation of CUT saves it "
                                               "(latest_net_G.pth). Opened in NULL→READY; nothing "
                                               "in the file is executed. Required",
                                               nullptr, settable);
  properties[PROP_ENGINE] = g_param_spec_enum(
      "engine", "Engine", "Which engine module runs the network; active-engine says what auto took",
      engineType(), engineAuto, settable);
  properties[PROP_DEVICE] = g_param_spec_string(
      "device", "Device",
      "Where the network runs: auto (the first CUDA device, or else the CPU), cpu, cuda, or cuda:N with N "
      "from 0. Only "
      "auto chooses; a device that is not there is an error. active-device says what auto took",
      "auto", settable);
  properties[PROP_PRECISION] =
      g_param_spec_enum("precision", "Precision",
                        "Numbers that the network computes with: fp32 and bf16 on the CPU, fp32 and fp16 on "
                        "CUDA. One that is not built for the device, or that the processor lacks, "
                        "is an error. active-precision says what auto took",
                        precisionType(), static_cast<int>(Precision::automatic), settable);
  properties[PROP_THREADS] = g_param_spec_int("threads", "Threads",
                                              "CPU threads of the network: 0 takes as many as the process "
                                              "may use (its affinity), more than those are never "
                                              "taken. Elements that share a model share its threads",
                                              0, 1024, 0, settable);
  properties[PROP_VERIFY] = g_param_spec_boolean("verify", "Verify the model",
                                                 "In NULL→READY translate the sample that the model file "
                                                 "holds, and fail if the result is not the stored one "
                                                 "(within 0.001 of [-1, 1] in fp32)",
                                                 FALSE, settable);
}

void defineActive() {
  properties[PROP_ACTIVE_ENGINE] = g_param_spec_string(
      "active-engine", "Active engine", "The engine module that runs the model; empty (NULL) until READY",
      nullptr, readable);
  properties[PROP_ACTIVE_DEVICE] = g_param_spec_string(
      "active-device", "Active device",
      "The device that runs the model, as cpu or cuda:N; empty (NULL) until READY", nullptr, readable);
  properties[PROP_ACTIVE_PRECISION] = g_param_spec_string(
      "active-precision", "Active precision",
      "The precision that the model runs in; empty (NULL) until READY", nullptr, readable);
}

std::string stringOf(const GValue* value, const char* fallback) {
  const char* text = g_value_get_string(value);
  return text ? text : fallback;
}

}  // namespace

void installProperties(GObjectClass* klass) {
  defineSettings();
  defineActive();
  g_object_class_install_properties(klass, PROP_COUNT, properties);
  gst_type_mark_as_plugin_api(engineType(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(precisionType(), static_cast<GstPluginAPIFlags>(0));
}

bool setProperty(TranslateState& state, guint id, const GValue* value) {
  switch (id) {
    case PROP_MODEL:
      state.change([&](Settings& s) { s.model = stringOf(value, ""); });
      return true;
    case PROP_ENGINE:
      state.change([&](Settings& s) { s.engine.engine = nickOf(engineType(), g_value_get_enum(value)); });
      return true;
    case PROP_DEVICE:
      state.change([&](Settings& s) { s.engine.device = stringOf(value, "auto"); });
      return true;
    case PROP_PRECISION:
      state.change(
          [&](Settings& s) { s.engine.precision = static_cast<Precision>(g_value_get_enum(value)); });
      return true;
    case PROP_THREADS:
      state.change([&](Settings& s) { s.engine.threads = g_value_get_int(value); });
      return true;
    case PROP_VERIFY:
      state.change([&](Settings& s) { s.verify = g_value_get_boolean(value); });
      return true;
    default:
      return false;
  }
}

bool getProperty(const TranslateState& state, guint id, GValue* value) {
  const Settings settings = state.settings();
  const auto active = state.active();
  const auto setActive = [&](std::string ActiveEngine::*field) {
    g_value_set_string(value, active ? ((*active).*field).c_str() : nullptr);
  };
  switch (id) {
    case PROP_MODEL:
      g_value_set_string(value, settings.model.empty() ? nullptr : settings.model.c_str());
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
    case PROP_ACTIVE_ENGINE:
      setActive(&ActiveEngine::engine);
      return true;
    case PROP_ACTIVE_DEVICE:
      setActive(&ActiveEngine::device);
      return true;
    case PROP_ACTIVE_PRECISION:
      setActive(&ActiveEngine::precision);
      return true;
    default:
      return false;
  }
}

void notifyActive(GObject* object) {
  for (const guint id : {PROP_ACTIVE_ENGINE, PROP_ACTIVE_DEVICE, PROP_ACTIVE_PRECISION})
    g_object_notify_by_pspec(object, properties[id]);
}

}  // namespace cut::gst
