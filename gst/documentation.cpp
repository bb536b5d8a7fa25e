// SPDX-License-Identifier: MIT
// What gst-inspect-1.0 prints: the class's metadata, and type, range, default and documentation of each
// property.
#include <gst/gst.h>

#include "properties.hpp"

namespace cut::gst {
namespace {

constexpr auto mutableReady =
    static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
constexpr auto mutablePlaying =
    static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
constexpr auto controllable = static_cast<GParamFlags>(mutablePlaying | GST_PARAM_CONTROLLABLE);
constexpr auto readOnly = static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

enum EngineChoice { engineAuto, engineTorch, engineCpu };

template <typename Value>
constexpr int number(Value value) {
  return static_cast<int>(value);
}

GType registerEnum(const char* name, const GEnumValue* values) {
  const GType type = g_enum_register_static(name, values);
  gst_type_mark_as_plugin_api(type, static_cast<GstPluginAPIFlags>(0));
  return type;
}

GType precisionType() {
  static const GEnumValue values[] = {
      {number(Precision::automatic), "The fastest that keeps 60 dB PSNR to the fp32 result", "auto"},
      {number(Precision::fp32), "32-bit floating point: the reference implementation's numbers", "fp32"},
      {number(Precision::tf32), "fp32 as two bfloat16 halves (engine cpu, AMX): PSNR at least 80 dB", "tf32"},
      {number(Precision::fp16), "16-bit floating point (CUDA)", "fp16"},
      {number(Precision::bf16), "bfloat16 products (engine cpu, AMX or AVX512-BF16)", "bf16"},
      {number(Precision::int8),
       "8-bit integers (PSNR at least 38 dB), for models that cut-model quantize calibrated", "int8"},
      {0, nullptr, nullptr}};
  static const GType type = registerEnum("GstCutTranslatePrecision", values);
  return type;
}

GType outputType() {
  static const GEnumValue values[] = {
      {number(Output::translated), "The translation", "translated"},
      {number(Output::original), "The input", "original"},
      {number(Output::split), "The input on the left, the translation on the right", "split"},
      {0, nullptr, nullptr}};
  static const GType type = registerEnum("GstCutTranslateOutput", values);
  return type;
}

constexpr const char* dropName = "Drop the frame";
constexpr const char* repeatName = "Output the previous output again, with this frame's timestamp";
constexpr const char* passName = "Output the input";

GType latePolicyType() {
  static const GEnumValue values[] = {{number(LatePolicy::drop), dropName, "drop"},
                                      {number(LatePolicy::repeat), repeatName, "repeat"},
                                      {number(LatePolicy::passthrough), passName, "passthrough"},
                                      {0, nullptr, nullptr}};
  static const GType type = registerEnum("GstCutTranslateLate", values);
  return type;
}

GType errorPolicyType() {
  static const GEnumValue values[] = {
      {number(ErrorPolicy::fail), "Post an error message and end the stream", "fail"},
      {number(ErrorPolicy::drop), dropName, "drop"},
      {number(ErrorPolicy::passthrough), passName, "passthrough"},
      {number(ErrorPolicy::repeat), repeatName, "repeat"},
      {0, nullptr, nullptr}};
  static const GType type = registerEnum("GstCutTranslateOnError", values);
  return type;
}

void makeModelSpecs(GParamSpec** specs) {
  specs[PROP_MODEL] = g_param_spec_string(
      "model", "Model file",
      "Path of the generator's weights: a .pt file of cuttranslate (cut-trainer, cut-model convert), a .pth "
      "state_dict "
      "of the reference implementation of CUT (latest_net_G.pth), or a .safetensors. Opened in NULL→READY. "
      "Set while "
      "PLAYING, it is loaded in the background and swapped in between two frames (signal model-updated); if "
      "that fails "
      "the old model stays. Nothing in the file is executed, unless allow-code is set. Required",
      nullptr, mutablePlaying);
  specs[PROP_ENGINE] = g_param_spec_enum(
      "engine", "Engine", "Engine module that runs the network; active-engine says what auto chose",
      engineType(), 0, mutableReady);
  specs[PROP_DEVICE] = g_param_spec_string(
      "device", "Device",
      "Device that runs the network: auto (the first CUDA device, or else the CPU), cpu, cuda, or cuda:N "
      "with N from 0. "
      "Only auto chooses; a device that does not exist is an error. active-device says what auto chose",
      "auto", mutableReady);
  specs[PROP_PRECISION] = g_param_spec_enum("precision", "Precision",
                                            "Number format of the network: fp32, tf32, bf16 and int8 on the "
                                            "CPU (int8 for models that cut-model quantize "
                                            "calibrated), fp32 and fp16 on CUDA. fp32 gives the reference "
                                            "implementation's pixels, auto the fastest that "
                                            "keeps 60 dB PSNR to them. A precision that the device or the "
                                            "processor lacks is an error. active-precision says "
                                            "what auto chose",
                                            precisionType(), number(Precision::automatic), mutableReady);
  specs[PROP_THREADS] = g_param_spec_int("threads", "Threads",
                                         "CPU threads of the network: 0 uses all that the process may use "
                                         "(its affinity), which is also the most. "
                                         "Elements that share a model share its threads",
                                         0, 1024, 0, mutableReady);
  specs[PROP_VERIFY] = g_param_spec_boolean("verify", "Verify the model",
                                            "In NULL→READY translate the sample stored in the model file, "
                                            "and fail if the result differs from the stored one "
                                            "(by more than 0.001 of [-1, 1] in fp32)",
                                            FALSE, mutableReady);
  specs[PROP_ALLOW_CODE] =
      g_param_spec_boolean("allow-code", "Allow code",
                           "Accept a TorchScript file as model. It is a program, and may do whatever this "
                           "process may do: only for files "
                           "from people you trust. Other files contain no code and do not need this",
                           FALSE, mutableReady);
}

void makeActiveSpecs(GParamSpec** specs) {
  specs[PROP_ACTIVE_MODEL] = g_param_spec_string("active-model", "Active model",
                                                 "Model file that translates frames now; it differs from "
                                                 "model while that is being loaded. NULL before READY",
                                                 nullptr, readOnly);
  specs[PROP_ACTIVE_ENGINE] =
      g_param_spec_string("active-engine", "Active engine",
                          "Engine module that runs the model. NULL before READY", nullptr, readOnly);
  specs[PROP_ACTIVE_DEVICE] = g_param_spec_string(
      "active-device", "Active device", "Device that runs the model, as cpu or cuda:N. NULL before READY",
      nullptr, readOnly);
  specs[PROP_ACTIVE_PRECISION] = g_param_spec_string(
      "active-precision", "Active precision", "Precision of the model. NULL before READY", nullptr, readOnly);
}

void makeOutputSpecs(GParamSpec** specs) {
  specs[PROP_ENABLED] = g_param_spec_boolean(
      "enabled", "Enabled", "Translate. FALSE outputs the input, without running the network", TRUE,
      controllable);
  specs[PROP_STRENGTH] = g_param_spec_double(
      "strength", "Strength",
      "Blend of input and translation: 0 is the input (the network does not run), 1 the translation", 0, 1, 1,
      controllable);
  specs[PROP_OUTPUT] = g_param_spec_enum("output", "Output",
                                         "What the picture shows: the translation, the input (the network "
                                         "does not run), or both side by side, divided at "
                                         "split-position",
                                         outputType(), number(Output::translated), controllable);
  specs[PROP_SPLIT_POSITION] = g_param_spec_double(
      "split-position", "Split position",
      "With output=split: part of the width, from the left, that shows the input", 0, 1, 0.5, controllable);
  specs[PROP_CROSSFADE] = g_param_spec_int("crossfade", "Crossfade",
                                           "Number of frames over which a model that is set while PLAYING is "
                                           "blended in; both models translate each of "
                                           "them. 0 swaps between two frames",
                                           0, 100000, 0, mutablePlaying);
}

void makeQosSpecs(GParamSpec** specs) {
  specs[PROP_QOS] = g_param_spec_boolean("qos", "Quality of service",
                                         "Do not translate late frames: in a live pipeline those that the "
                                         "element finds late by clock, running time and "
                                         "latency, in others those that QoS events of a sink report as late",
                                         TRUE, mutablePlaying);
  specs[PROP_LATE] = g_param_spec_enum("late", "Late frames",
                                       "What to do with a frame that is too late to be translated. With "
                                       "repeat and passthrough put a queue behind the "
                                       "element",
                                       latePolicyType(), number(LatePolicy::drop), mutablePlaying);
  specs[PROP_ON_ERROR] = g_param_spec_enum("on-error", "On error",
                                           "What to do with a frame that the engine fails to translate. "
                                           "Except with fail, a warning message gives the cause",
                                           errorPolicyType(), number(ErrorPolicy::fail), mutablePlaying);
  specs[PROP_FRAME_TIMEOUT] = g_param_spec_uint64("frame-timeout", "Frame timeout",
                                                  "Nanoseconds after which a frame that the engine has not "
                                                  "finished counts as failed (on-error), like all frames "
                                                  "until the engine answers again. 0 waits without a limit",
                                                  0, G_MAXUINT64, 0, mutablePlaying);
  specs[PROP_FRAMES_IN_FLIGHT] = g_param_spec_int(
      "frames-in-flight", "Frames in flight",
      "Number of frames that may be in the element at once: the engine runs while others are converted and "
      "consumed. "
      "Each beyond 1 adds to the latency the time of a frame, or its duration if that is longer",
      1, 64, 1, mutablePlaying);
}

void makeStatsSpecs(GParamSpec** specs) {
  specs[PROP_STATS_INTERVAL] = g_param_spec_uint64("stats-interval", "Statistics interval",
                                                   "Nanoseconds between element messages cuttranslate-stats, "
                                                   "which have the fields of stats and are posted with "
                                                   "frames. 0 posts none",
                                                   0, G_MAXUINT64, 0, mutablePlaying);
  specs[PROP_STATS] = g_param_spec_boxed(
      "stats", "Statistics",
      "Since READY→PAUSED: frames-in, -out, -translated, -passed, -repeated, -dropped, -late, -failed; fps; "
      "latency as "
      "reported; wait-, inference-, convert- and total- mean, p50, p95, max in nanoseconds; memory-model and "
      "memory-process in bytes",
      GST_TYPE_STRUCTURE, readOnly);
}

}  // namespace

GType engineType() {
  static const GEnumValue values[] = {
      {engineAuto, "The fastest engine that supports the model", "auto"},
      {engineTorch, "LibTorch: every network, on the CPU and on CUDA", "torch"},
      {engineCpu, "cuttranslate's own kernels: ResNet, U-Net and StyleGAN2 generators on the CPU", "cpu"},
      {0, nullptr, nullptr}};
  static const GType type = registerEnum("GstCutTranslateEngine", values);
  return type;
}

void makePropertySpecs(GParamSpec** specs) {
  makeModelSpecs(specs);
  makeActiveSpecs(specs);
  makeOutputSpecs(specs);
  makeQosSpecs(specs);
  makeStatsSpecs(specs);
}

void setClassMetadata(GstElementClass* klass) {
  gst_element_class_set_static_metadata(klass, "Video translator (CUT)", "Filter/Effect/Video",
                                        "Translates every frame into another visual domain (from a driving "
                                        "simulator to a real street, for example), with "
                                        "a generator trained by CUT, \"Contrastive Learning for Unpaired "
                                        "Image-to-Image Translation\" (Park, Efros, "
                                        "Zhang, Zhu, ECCV 2020)",
                                        "the cuttranslate authors");
  gst_element_class_add_static_metadata(
      klass, "examples",
      "\n    gst-launch-1.0 filesrc location=drive.mp4 ! decodebin ! videoconvert ! cuttranslate "
      "model=street.pt ! "
      "videoconvert ! autovideosink sync=false"
      "\n    gst-launch-1.0 v4l2src ! videoconvert ! queue leaky=downstream max-size-buffers=1 ! "
      "cuttranslate "
      "model=street.pt device=cuda:0 precision=fp16 ! videoconvert ! autovideosink"
      "\n    gst-launch-1.0 -e filesrc location=in.mp4 ! decodebin ! videoconvert ! deinterlace ! videoflip "
      "video-direction=auto ! cuttranslate model=street.pt verify=true ! videoconvertscale ! "
      "\"video/x-raw,format=I420,width=[2,32768,2],height=[2,32768,2]\" ! x264enc ! mp4mux ! filesink "
      "location=out.mp4");
  gst_element_class_add_static_metadata(
      klass, "frames",
      "\n    Width, height, framerate, timestamps, metas and alpha pass unchanged; 3-channel models take the "
      "RGB and "
      "YUV formats, 1-channel models GRAY8."
      "\n    RGB is translated directly; YUV is converted to RGB and back with the stream's own colorimetry."
      "\n    Interlaced video is refused (put deinterlace before it).");
  gst_element_class_add_static_metadata(
      klass, "live",
      "\n    In a live pipeline late frames are dropped before they cost anything (late, qos), whatever the "
      "sink does."
      "\n    enabled, strength, output and split-position change between two frames, also by a "
      "GstController; model "
      "too, which is loaded in the background (signal model-updated, message cuttranslate-model-updated)."
      "\n    Each frame carries a GstCutTranslateMeta: model, whether it is translated and why not, "
      "inference time, "
      "strength (cuttranslate/gstcuttranslatemeta.h)."
      "\n    stats holds counters and timings; GST_DEBUG=cuttranslate*:6 logs each frame; "
      "GST_TRACERS=latency works.");
}

}  // namespace cut::gst
