// The properties that choose a model and how it is run.
#include "enums.hpp"
#include "property_ids.hpp"

namespace cut::gst {
namespace {

constexpr auto settable =
    static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
constexpr auto playing =
    static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
constexpr auto readable = static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

void defineSettings(GParamSpec** properties) {
  properties[PROP_MODEL] =
      g_param_spec_string("model", "Model file",
                          "Path of the generator's weights: a .pt file of cuttranslate "
                          "(cut-trainer, cut-model convert), or a .pth "
                          "state_dict as the reference implementation of CUT saves it "
                          "(latest_net_G.pth), or a .safetensors. Opened in NULL→READY. Set while frames "
                          "flow: loaded in the background and taken between two frames "
                          "(signal model-updated); the old one is kept if it fails. Nothing "
                          "in the file is executed, unless allow-code says so. Required",
                          nullptr, playing);
  properties[PROP_ENGINE] = g_param_spec_enum(
      "engine", "Engine", "Which engine module runs the network; active-engine says what auto took",
      engineType(), 0, settable);
  properties[PROP_DEVICE] = g_param_spec_string(
      "device", "Device",
      "Where the network runs: auto (the first CUDA device, or else the CPU), cpu, cuda, or cuda:N with N "
      "from 0. Only "
      "auto chooses; a device that is not there is an error. active-device says what auto took",
      "auto", settable);
  properties[PROP_PRECISION] = g_param_spec_enum(
      "precision", "Precision",
      "Numbers that the network computes with: fp32, tf32, bf16 and int8 on the CPU (int8 of models "
      "that cut-model quantize has seen), fp32 and fp16 on CUDA. fp32 gives the reference's "
      "pixels, auto the fastest that keeps 60 dB of them. One that is not built for the device, or that the "
      "processor lacks, "
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
  properties[PROP_ALLOW_CODE] = g_param_spec_boolean(
      "allow-code", "Allow code",
      "Take a TorchScript file as model, which is a program: it runs with everything that this process may "
      "do. "
      "Only for files from people you trust. Other files hold no code and load without it",
      FALSE, settable);
}

void defineActive(GParamSpec** properties) {
  properties[PROP_ACTIVE_MODEL] = g_param_spec_string("active-model", "Active model",
                                                      "The model file that frames go through; another one "
                                                      "than model while that is being loaded. Empty (NULL) "
                                                      "until READY",
                                                      nullptr, readable);
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

void defineModelProperties(GParamSpec** properties) {
  defineSettings(properties);
  defineActive(properties);
}

bool setModelProperty(TranslateState& state, guint id, const GValue* value) {
  switch (id) {
    case PROP_MODEL:
      state.setModel(stringOf(value, ""));
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
    case PROP_ALLOW_CODE:
      state.change([&](Settings& s) { s.engine.allowCode = g_value_get_boolean(value); });
      return true;
    default:
      return false;
  }
}

bool getModelProperty(const TranslateState& state, guint id, GValue* value) {
  const Settings settings = state.settings();
  const auto active = state.active();
  const auto setActive = [&](std::string ActiveEngine::*field) {
    g_value_set_string(value, active ? ((*active).*field).c_str() : nullptr);
  };
  const auto setPath = [&](const std::string& path) {
    g_value_set_string(value, path.empty() ? nullptr : path.c_str());
  };
  switch (id) {
    case PROP_MODEL:
      setPath(settings.model);
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
    case PROP_ACTIVE_MODEL:
      setPath(state.activeModel());
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

}  // namespace cut::gst
