// SPDX-License-Identifier: MIT
#include "messages.hpp"

#define GST_CAT_DEFAULT frameCategory

namespace cut::gst {

GstDebugCategory* elementCategory = nullptr;
GstDebugCategory* modelCategory = nullptr;
GstDebugCategory* frameCategory = nullptr;

namespace {

struct Code {
  GQuark domain;
  gint code;
};

Code codeOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalidArgument:
      return {GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS};
    case ErrorKind::notFound:
      return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND};
    case ErrorKind::io:
      return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ};
    case ErrorKind::wrongFile:
      return {GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE};
    case ErrorKind::unsupported:
      return {GST_STREAM_ERROR, GST_STREAM_ERROR_NOT_IMPLEMENTED};
    case ErrorKind::noDevice:
      return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND};
    case ErrorKind::outOfMemory:
      return {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT};
    case ErrorKind::moduleMissing:
      return {GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN};
    case ErrorKind::mismatch:
      return {GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED};
    case ErrorKind::internal:
      break;
  }
  return {GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_FAILED};
}

void post(GstElement* element, GstMessageType type, const Fault& fault, const char* doing,
          const Where& where) {
  const Code code = codeOf(fault.kind);
  gst_element_message_full(element, type, code.domain, code.code,
                           g_strdup_printf("%s: %s", doing, fault.message.c_str()), nullptr, where.file,
                           where.function, where.line);
}

}  // namespace

void registerCategories() {
  GST_DEBUG_CATEGORY_INIT(elementCategory, "cuttranslate", 0, "cuttranslate: states, caps, latency");
  GST_DEBUG_CATEGORY_INIT(modelCategory, "cuttranslate-model", 0,
                          "cuttranslate: models opened, swapped, rejected");
  GST_DEBUG_CATEGORY_INIT(frameCategory, "cuttranslate-frame", 0, "cuttranslate: the outcome of each frame");
}

void postError(GstElement* element, const Fault& fault, const char* doing, const Where& where) {
  post(element, GST_MESSAGE_ERROR, fault, doing, where);
}

void postWarning(GstElement* element, const Fault& fault, const char* doing, const Where& where) {
  post(element, GST_MESSAGE_WARNING, fault, doing, where);
}

void postNotice(GstElement* element, const ActiveEngine& active) {
  if (active.notice.empty()) return;
  // As debug text too: of an info message gst-launch-1.0 prints only that.
  gst_element_message_full(element, GST_MESSAGE_INFO, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS,
                           g_strdup(active.notice.c_str()), g_strdup(active.notice.c_str()), __FILE__,
                           GST_FUNCTION, __LINE__);
}

void FrameWarnings::post(GstElement* element, const Fault& fault) {
  const auto now = std::chrono::steady_clock::now();
  GST_DEBUG_OBJECT(element, "a frame failed: %s", fault.message.c_str());
  if (last_ == fault.message && now < posted_ + std::chrono::seconds(1)) return;
  last_ = fault.message;
  posted_ = now;
  postWarning(element, fault, "translating a frame");
}

}  // namespace cut::gst
