// cut::Error as the bus of a pipeline knows errors.
#pragma once

#include <gst/gst.h>

#include "cuttranslate/engine.hpp"
#include "cuttranslate/error.hpp"

namespace cut::gst {

// Of the caller; clang 14 has no std::source_location.
struct Where {
  const char* file;
  const char* function;
  int line;

  static Where here(const char* file = __builtin_FILE(), const char* function = __builtin_FUNCTION(),
                    int line = __builtin_LINE()) noexcept {
    return {file, function, line};
  }
};

// Posts an error message with the domain and code for its kind. `doing` says what failed: "opening the
// model".
void postError(GstElement* element, const Fault& fault, const char* doing,
               const Where& where = Where::here());

// The same as a warning: the element goes on.
void postWarning(GstElement* element, const Fault& fault, const char* doing,
                 const Where& where = Where::here());

// What a user should hear of an engine's choice, as an info message; nothing where there is nothing.
void postNotice(GstElement* element, const ActiveEngine& active);

// Runs `work`; an exception becomes an error message and false. Nothing crosses the C boundary.
template <typename Work>
bool guarded(gpointer element, const char* doing, Work&& work, const Where& where = Where::here()) noexcept {
  try {
    work();
    return true;
  } catch (const Error& error) {
    postError(GST_ELEMENT(element), {error.kind(), error.what()}, doing, where);
  } catch (const std::bad_alloc&) {
    postError(GST_ELEMENT(element), {ErrorKind::outOfMemory, "out of memory"}, doing, where);
  } catch (const std::exception& error) {
    postError(GST_ELEMENT(element), {ErrorKind::internal, error.what()}, doing, where);
  } catch (...) {
    postError(GST_ELEMENT(element), {ErrorKind::internal, "an unknown exception"}, doing, where);
  }
  return false;
}

}  // namespace cut::gst
