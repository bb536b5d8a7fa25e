// cut::Error as the bus of a pipeline knows errors.
#pragma once

#include <gst/gst.h>

#include <source_location>

#include "cut/engine.hpp"
#include "cut/error.hpp"

namespace cut::gst {

// Posts an error message with the domain and code for its kind. `doing` says what failed: "opening the
// model".
void postError(GstElement* element, const Fault& fault, const char* doing,
               const std::source_location& where = std::source_location::current());

// The same as a warning: the element goes on.
void postWarning(GstElement* element, const Fault& fault, const char* doing,
                 const std::source_location& where = std::source_location::current());

// What a user should hear of an engine's choice, as an info message; nothing where there is nothing.
void postNotice(GstElement* element, const ActiveEngine& active);

// Runs `work`; an exception becomes an error message and false. Nothing crosses the C boundary.
template <typename Work>
bool guarded(gpointer element, const char* doing, Work&& work,
             const std::source_location& where = std::source_location::current()) noexcept {
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
