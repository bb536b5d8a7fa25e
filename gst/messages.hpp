// SPDX-License-Identifier: MIT
// GST_DEBUG categories, and the messages about failures and notices on the bus. A failure is a cut::Fault
// from the engine's Outcome, or from faultOf(), up to the message.
#pragma once

#include <gst/gst.h>

#include <chrono>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "cuttranslate/engine.hpp"
#include "cuttranslate/error.hpp"

namespace cut::gst {

extern GstDebugCategory* elementCategory;  // cuttranslate: states, caps, latency
extern GstDebugCategory* modelCategory;    // cuttranslate-model: models opened, swapped, rejected
extern GstDebugCategory* frameCategory;    // cuttranslate-frame: the outcome of each frame

void registerCategories();

// The caller's source location; clang 14 has no std::source_location.
struct Where {
  const char* file;
  const char* function;
  int line;

  static Where here(const char* file = __builtin_FILE(), const char* function = __builtin_FUNCTION(),
                    int line = __builtin_LINE()) noexcept {
    return {file, function, line};
  }
};

// Posts an error message "doing: fault's message", with the domain and code for the fault's kind.
void postError(GstElement* element, const Fault& fault, const char* doing,
               const Where& where = Where::here());

// The same as a warning: the stream goes on.
void postWarning(GstElement* element, const Fault& fault, const char* doing,
                 const Where& where = Where::here());

// Posts the engine's notice about its choice as an info message; an empty notice is not posted.
void postNotice(GstElement* element, const ActiveEngine& active);

// Warnings about frames. The same one for every frame would bury all others: it is posted once a second.
class FrameWarnings {
 public:
  void post(GstElement* element, const Fault& fault);
  void restart() { last_.clear(); }

 private:
  std::chrono::steady_clock::time_point posted_;
  std::string last_;
};

// Runs `work`; returns what it throws as a Fault. The only place of the plugin that catches.
template <typename Work>
std::optional<Fault> faultOf(Work&& work) noexcept {
  try {
    work();
    return std::nullopt;
  } catch (const Error& error) {
    return Fault{error.kind(), error.what()};
  } catch (const std::bad_alloc&) {
    return Fault{ErrorKind::outOfMemory, "out of memory"};
  } catch (const std::exception& error) {
    return Fault{ErrorKind::internal, error.what()};
  } catch (...) {
    return Fault{ErrorKind::internal, "an unknown exception"};
  }
}

// Runs `work`; posts what it throws as an error message and returns false. Around the body of a vfunc, so
// that no exception crosses into C.
template <typename Work>
bool guarded(gpointer element, const char* doing, Work&& work, const Where& where = Where::here()) noexcept {
  const std::optional<Fault> fault = faultOf(std::forward<Work>(work));
  if (fault) postError(GST_ELEMENT(element), *fault, doing, where);
  return !fault;
}

}  // namespace cut::gst
