#include "enums.hpp"

#include <gst/gst.h>

#include "settings.hpp"

namespace cut::gst {
namespace {

enum EngineChoice { engineAuto, engineTorch, engineCpu };

template <typename Value>
constexpr int number(Value value) {
  return static_cast<int>(value);
}

GType registered(const char* name, const GEnumValue* values) {
  const GType type = g_enum_register_static(name, values);
  gst_type_mark_as_plugin_api(type, static_cast<GstPluginAPIFlags>(0));
  return type;
}

}  // namespace

GType engineType() {
  static const GEnumValue values[] = {
      {engineAuto, "The fastest engine that can run the model exactly", "auto"},
      {engineTorch, "LibTorch: every network, on the CPU and on CUDA", "torch"},
      {engineCpu, "Kernels of our own: ResNets and U-Nets on the CPU", "cpu"},
      {0, nullptr, nullptr}};
  static const GType type = registered("GstCutTranslateEngine", values);
  return type;
}

GType precisionType() {
  static const GEnumValue values[] = {
      {number(Precision::automatic), "The fastest that keeps 60 dB PSNR to the fp32 result", "auto"},
      {number(Precision::fp32), "32-bit floating point: the reference's numbers", "fp32"},
      {number(Precision::tf32), "fp32 as two bfloat16 halves (engine cpu, AMX): PSNR at least 80 dB", "tf32"},
      {number(Precision::fp16), "16-bit floating point (CUDA)", "fp16"},
      {number(Precision::bf16), "bfloat16 products (engine cpu, AMX or AVX512-BF16)", "bf16"},
      {number(Precision::int8),
       "8-bit integers (PSNR at least 38 dB), of models that cut-model quantize has seen", "int8"},
      {0, nullptr, nullptr}};
  static const GType type = registered("GstCutTranslatePrecision", values);
  return type;
}

GType outputType() {
  static const GEnumValue values[] = {
      {number(Output::translated), "The translation", "translated"},
      {number(Output::original), "What came in", "original"},
      {number(Output::split), "Left the input, right the translation", "split"},
      {0, nullptr, nullptr}};
  static const GType type = registered("GstCutTranslateOutput", values);
  return type;
}

GType latePolicyType() {
  static const GEnumValue values[] = {
      {number(LatePolicy::drop), "Nothing goes out", "drop"},
      {number(LatePolicy::repeat), "The last picture goes out again, with this frame's time", "repeat"},
      {number(LatePolicy::passthrough), "What came in goes out", "passthrough"},
      {0, nullptr, nullptr}};
  static const GType type = registered("GstCutTranslateLate", values);
  return type;
}

GType errorPolicyType() {
  static const GEnumValue values[] = {
      {number(ErrorPolicy::fail), "An error message; the stream ends", "fail"},
      {number(ErrorPolicy::drop), "Nothing goes out", "drop"},
      {number(ErrorPolicy::passthrough), "What came in goes out", "passthrough"},
      {number(ErrorPolicy::repeat), "The last picture goes out again, with this frame's time", "repeat"},
      {0, nullptr, nullptr}};
  static const GType type = registered("GstCutTranslateOnError", values);
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

}  // namespace cut::gst
