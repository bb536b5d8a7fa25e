#include "element_error.hpp"

namespace cut::gst {
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

void postError(GstElement* element, const Fault& fault, const char* doing, const Where& where) {
  post(element, GST_MESSAGE_ERROR, fault, doing, where);
}

void postWarning(GstElement* element, const Fault& fault, const char* doing, const Where& where) {
  post(element, GST_MESSAGE_WARNING, fault, doing, where);
}

void postNotice(GstElement* element, const ActiveEngine& active) {
  if (active.notice.empty()) return;
  // Twice: of an info message gst-launch-1.0 prints the second text alone.
  gst_element_message_full(element, GST_MESSAGE_INFO, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS,
                           g_strdup(active.notice.c_str()), g_strdup(active.notice.c_str()), __FILE__,
                           GST_FUNCTION, __LINE__);
}

}  // namespace cut::gst
